/** Reads a JSON array element by element, so that a report of a thousand sources need not fit in memory at once. */
import { createReadStream } from "node:fs";
import type { z } from "zod";
import { tellIssue } from "../../common/domain/report-text/tell-issue.ts";
import type { Told } from "../../common/domain/remark.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../common/result.ts";

/** One element of a report; a real one has some ten kilobytes. */
const elementLimit = 32 * 1024 * 1024;

/**
 * The elements of the JSON array in a file, checked by `schema`. The first failure ends the iteration: `not-found`
 * where the file cannot be read, `input-invalid` naming file, element and field otherwise.
 */
export async function* readJsonArray<T>(
  path: string,
  schema: z.ZodType<T>,
): AsyncGenerator<Result<T>, void, undefined> {
  const invalid = (element: number, field: string, why: Told): Result<T> =>
    fail(
      "input-invalid",
      field === ""
        ? told({ kind: "array-element-wrong", file: path, element, why })
        : told({ kind: "array-field-wrong", file: path, element, field, why }),
      {
        file: path,
        element,
        field,
      },
    );
  let element = 0;
  try {
    for await (const source of splitArray(path)) {
      if (source === null) {
        yield invalid(element, "", told({ kind: "no-whole-array" }));
        return;
      }
      let value: unknown;
      try {
        value = JSON.parse(source);
      } catch {
        yield invalid(element, "", told({ kind: "no-json" }));
        return;
      }
      const checked = schema.safeParse(value);
      if (!checked.success) {
        const issue = checked.error.issues[0];
        yield invalid(element, issue?.path.join(".") ?? "", tellIssue(issue));
        return;
      }
      yield ok(checked.data);
      element++;
    }
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    yield fail(
      "not-found",
      told({ kind: "path-unread", path }),
      { file: path },
      told({ kind: "check-file" }),
    );
  }
}

/** The source text of each element; null once where the text is not an array or ends too early. */
async function* splitArray(path: string): AsyncGenerator<string | null, void, undefined> {
  let state = "before" as "before" | "inside" | "after";
  let depth = 0;
  let inString = false;
  let escaped = false;
  let current = "";
  for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: 256 * 1024 })) {
    const text = chunk as string;
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const character = text[at] as string;
      if (state === "before") {
        from = at + 1;
        if (character === "[") state = "inside";
        else if (!/[\s\ufeff]/.test(character)) return yield null;
        continue;
      }
      if (state === "after") {
        if (!/\s/.test(character)) return yield null;
        continue;
      }
      if (inString) {
        if (escaped) escaped = false;
        else if (character === "\\") escaped = true;
        else if (character === '"') inString = false;
        continue;
      }
      if (character === '"') inString = true;
      else if (character === "{" || character === "[") depth++;
      else if (character === "}" || (character === "]" && depth > 0)) depth--;
      else if (depth === 0 && (character === "," || character === "]")) {
        const element = current + text.slice(from, at);
        current = "";
        from = at + 1;
        if (character === "]") state = "after";
        if (element.trim() !== "") yield element;
        else if (character === ",") return yield null;
      }
    }
    if (state === "inside") current += text.slice(from);
    if (current.length > elementLimit) return yield null;
  }
  if (state !== "after") yield null;
}
