import { type Bundle, bundleLimits, bundleSchema } from "../../common/domain/bundle.ts";
import { fail, ok, type Result, type Saying } from "../../common/result.ts";
import { tellIssue } from "../../common/domain/report-text/tell-issue.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { explainNoJson } from "./bundle-damage.ts";
import { decodeText, restoreBytes } from "./decode.ts";
import { fieldName, scanJson } from "./json-scan.ts";

/**
 * Reads a bundle's JSON document. Fails with `bundle-invalid`, whose message and context name the file (`name`) and,
 * where there is one, the field (`commands["df -P"].stdout`). Nothing beyond the limits is parsed.
 */
export function readBundle(bytes: Uint8Array, name: string): Result<Bundle> {
  const invalid = (field: string, message: Saying): Result<Bundle> =>
    fail("bundle-invalid", message, { file: name, field });
  if (bytes.length > bundleLimits.documentBytes)
    return invalid(
      "",
      told({
        kind: "bundle-too-large",
        name,
        bytes: bytes.length,
        most: bundleLimits.documentBytes,
      }),
    );
  if (bytes.length === 0) return invalid("", told({ kind: "bundle-empty", name }));
  const { text, encoding } = decodeText(bytes);
  const { depth, contradiction } = scanJson(text);
  if (depth > bundleLimits.depth)
    return invalid("", told({ kind: "bundle-nested", name, depth, most: bundleLimits.depth }));
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const { message, line, remedy } = explainNoJson(text, reason);
    return fail(
      "bundle-invalid",
      line === null
        ? told({ kind: "no-json-at-all", name, why: message, encoding })
        : told({ kind: "no-json-in-line", name, why: message, encoding, line }),
      { file: name, field: line === null ? "" : `line ${line}` },
      remedy,
    );
  }
  if (contradiction !== null)
    return invalid(contradiction, told({ kind: "bundle-field-twice", name, field: contradiction }));
  const format =
    typeof document === "object" && document !== null && "format" in document ? document.format : undefined;
  if (format !== undefined && format !== 1) {
    return fail(
      "bundle-invalid",
      told({ kind: "bundle-format-unknown", name, format: `${JSON.stringify(format)?.slice(0, 40)}` }),
      { file: name, field: "format" },
      told({ kind: "collect-with-this-version" }),
    );
  }
  const parsed = bundleSchema.safeParse(document);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = fieldName(issue?.path ?? []);
    const why = tellIssue(issue);
    return invalid(
      field,
      field === ""
        ? told({ kind: "bundle-no-bundle", name, why })
        : told({ kind: "bundle-field-wrong", name, field, why }),
    );
  }
  return ok(restored(parsed.data));
}

/** Bytes that were no UTF-8 on the source are read in the code page that fits. */
function restored(bundle: Bundle): Bundle {
  const files: Bundle["files"] = {};
  for (const [path, text] of Object.entries(bundle.files)) files[path] = restoreBytes(text);
  const commands: Bundle["commands"] = {};
  for (const [line, output] of Object.entries(bundle.commands)) {
    commands[line] = { ...output, stdout: restoreBytes(output.stdout), stderr: restoreBytes(output.stderr) };
  }
  return { ...bundle, files, commands };
}
