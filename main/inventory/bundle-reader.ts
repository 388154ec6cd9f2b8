import { type Bundle, bundleLimits, bundleSchema } from "../../common/domain/bundle.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { explainNoJson } from "./bundle-damage.ts";
import { decodeText, restoreBytes } from "./decode.ts";
import { fieldName, scanJson } from "./json-scan.ts";

/**
 * Reads a bundle's JSON document. Fails with `bundle-invalid`, whose message and context name the file (`name`) and,
 * where there is one, the field (`commands["df -P"].stdout`). Nothing beyond the limits is parsed.
 */
export function readBundle(bytes: Uint8Array, name: string): Result<Bundle> {
  const invalid = (field: string, message: string): Result<Bundle> =>
    fail("bundle-invalid", `${name}: ${message}`, { file: name, field });
  if (bytes.length > bundleLimits.documentBytes)
    return invalid(
      "",
      `${bytes.length} bytes are more than the ${bundleLimits.documentBytes} that a bundle may have`,
    );
  if (bytes.length === 0) return invalid("", "the file is empty");
  const { text, encoding } = decodeText(bytes);
  const { depth, contradiction } = scanJson(text);
  if (depth > bundleLimits.depth)
    return invalid("", `nested ${depth} levels deep, at most ${bundleLimits.depth} are allowed`);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const { message, line, remedy } = explainNoJson(text, reason);
    return fail(
      "bundle-invalid",
      `${name}: ${message} (read as ${encoding}${line === null ? "" : `, line ${line}`})`,
      { file: name, field: line === null ? "" : `line ${line}` },
      remedy,
    );
  }
  if (contradiction !== null)
    return invalid(contradiction, `${contradiction} stands there twice with different values`);
  const format =
    typeof document === "object" && document !== null && "format" in document ? document.format : undefined;
  if (format !== undefined && format !== 1) {
    return fail(
      "bundle-invalid",
      `${name}: format ${JSON.stringify(format)?.slice(0, 40)} is not known here, only format 1`,
      { file: name, field: "format" },
      "Collect the bundle again with this version's collector, or read it with the version that wrote it.",
    );
  }
  const parsed = bundleSchema.safeParse(document);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = fieldName(issue?.path ?? []);
    return invalid(field, `${field === "" ? "the document" : field}: ${issue?.message ?? "invalid"}`);
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
