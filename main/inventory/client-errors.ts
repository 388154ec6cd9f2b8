/** What a Server Migration Center client's log says went wrong, and what helps: resources/advice/client-errors.json. */
import { z } from "zod";
import data from "../../resources/advice/client-errors.json" with { type: "json" };

const adviceSchema = z.object({
  entries: z.array(
    z.object({ id: z.string(), keywords: z.array(z.string().min(5)).min(1), advice: z.string() }),
  ),
});
/** A malformed file is a defect and throws. */
const { entries } = adviceSchema.parse(data);

export interface ClientError {
  readonly id: string;
  /** The words that were found, as the list has them. */
  readonly keyword: string;
  /** 1-based, of the first line that has them. */
  readonly line: number;
  readonly advice: string;
}

/** In a keyword an `x` between blanks stands for a number, as in the product's own lists; logs have the number. */
function keywordPattern(keyword: string): RegExp {
  const literal = keyword.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const words = literal
    .replace(/ x(?= |$)/g, " (?:x|\\d+)")
    .replaceAll("'", "['’]")
    // The pages write `Failed:0x80042308`, the logs `Failed: 0x80042308`.
    .replace(/(?<=\w):(?=\w)/g, ":\\s*");
  // `OperationDenied` and `OperationDenied.NoStock` are two errors of the cloud.
  return new RegExp(keyword.includes(" ") ? words : `${words}(?!\\.\\w)`, "i");
}

const patterns = new Map(
  entries.flatMap(({ keywords }) => keywords.map((keyword) => [keyword, keywordPattern(keyword)] as const)),
);

/** Every known error that `text` names, each once, in the order in which they first appear. */
export function clientErrorsIn(text: string): readonly ClientError[] {
  return entries
    .flatMap(({ id, keywords, advice }) => {
      const found = keywords
        .map((keyword) => ({ keyword, at: text.search(patterns.get(keyword) ?? keyword) }))
        .filter(({ at }) => at >= 0)
        .sort((a, b) => a.at - b.at)[0];
      return found === undefined ? [] : [{ id, advice, ...found }];
    })
    .sort((a, b) => a.at - b.at)
    .map(({ id, keyword, advice, at }) => ({ id, keyword, advice, line: lineAt(text, at) }));
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}
