import { objectOf, wholePart } from "./capture.ts";

export interface Damage {
  readonly message: string;
  /** 1-based; null where the parser did not tell. */
  readonly line: number | null;
  readonly remedy: string | undefined;
}

/** What is wrong with a bundle's text that is no JSON, by the parser's `reason`; of a cut one, what is still whole. */
export function explainNoJson(text: string, reason: string): Damage {
  const line = lineOfError(text, reason);
  if (/non-whitespace character after JSON/i.test(reason)) {
    return {
      message: "something follows the end of the document",
      line,
      remedy:
        "Remove what follows the last brace: output of another program, padding of zeros, or a second bundle, which belongs in a file of its own.",
    };
  }
  if (isCutShort(text, reason)) {
    return {
      message: `the file is cut short; ${whatIsWhole(text)}`,
      line,
      remedy: "Carry the file over again, or collect it again: the rest of it is needed.",
    };
  }
  return { message: `not JSON: ${reason.slice(0, 200)}`, line, remedy: undefined };
}

function isCutShort(text: string, reason: string): boolean {
  if (/unexpected end|unterminated/i.test(reason)) return true;
  const position = Number(/position (\d+)/.exec(reason)?.[1] ?? Number.NaN);
  return position >= text.trimEnd().length;
}

function whatIsWhole(text: string): string {
  const whole = objectOf(wholePart(text.trimStart()));
  const names = (key: string): readonly string[] => Object.keys(objectOf(whole?.[key]) ?? {});
  const files = names("files");
  const commands = names("commands");
  const last = commands.at(-1) ?? files.at(-1);
  if (last === undefined) return "nothing in it is whole";
  return `of it ${files.length} files and ${commands.length} outputs are whole, up to ${JSON.stringify(last.slice(0, 120))}`;
}

function lineOfError(text: string, reason: string): number | null {
  const stated = /line (\d+)/.exec(reason)?.[1];
  if (stated !== undefined) return Number(stated);
  const position = /position (\d+)/.exec(reason)?.[1];
  return position === undefined ? null : text.slice(0, Number(position)).split("\n").length;
}
