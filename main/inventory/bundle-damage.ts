import { told } from "../../common/domain/report-text/told.ts";
import type { Saying } from "../../common/result.ts";
import { objectOf, wholePart } from "./capture.ts";

export interface Damage {
  readonly message: Saying;
  /** 1-based; null where the parser did not tell. */
  readonly line: number | null;
  readonly remedy: Saying | undefined;
}

/** What is wrong with a bundle's text that is no JSON, by the parser's `reason`; of a cut one, what is still whole. */
export function explainNoJson(text: string, reason: string): Damage {
  const line = lineOfError(text, reason);
  if (/non-whitespace character after JSON/i.test(reason)) {
    return {
      message: told({ kind: "something-follows" }),
      line,
      remedy: told({ kind: "remove-what-follows" }),
    };
  }
  if (isCutShort(text, reason)) {
    return {
      message: howCut(text),
      line,
      remedy: told({ kind: "carry-over-again" }),
    };
  }
  return { message: told({ kind: "not-json", text: reason.slice(0, 200) }), line, remedy: undefined };
}

function isCutShort(text: string, reason: string): boolean {
  if (/unexpected end|unterminated/i.test(reason)) return true;
  const position = Number(/position (\d+)/.exec(reason)?.[1] ?? Number.NaN);
  return position >= text.trimEnd().length;
}

function howCut(text: string): Saying {
  const whole = objectOf(wholePart(text.trimStart()));
  const names = (key: string): readonly string[] => Object.keys(objectOf(whole?.[key]) ?? {});
  const files = names("files");
  const commands = names("commands");
  const last = commands.at(-1) ?? files.at(-1);
  if (last === undefined) return told({ kind: "cut-short-nothing-whole" });
  return told({
    kind: "cut-short",
    files: files.length,
    outputs: commands.length,
    last: JSON.stringify(last.slice(0, 120)),
  });
}

function lineOfError(text: string, reason: string): number | null {
  const stated = /line (\d+)/.exec(reason)?.[1];
  if (stated !== undefined) return Number(stated);
  const position = /position (\d+)/.exec(reason)?.[1];
  return position === undefined ? null : text.slice(0, Number(position)).split("\n").length;
}
