import { type Bundle, bundleLimits, bundleSchema } from "../../common/domain/bundle.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { decodeText, restoreBytes } from "./decode.ts";

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
  const depth = nestingOf(text);
  if (depth > bundleLimits.depth)
    return invalid("", `nested ${depth} levels deep, at most ${bundleLimits.depth} are allowed`);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const isCut = /unexpected end|unterminated/i.test(reason) || !/[}\]]\s*$/.test(text);
    const line = lineOfError(text, reason);
    return invalid(
      line === null ? "" : `line ${line}`,
      `${isCut ? "the file is cut short" : "not JSON"} (read as ${encoding}): ${reason.slice(0, 200)}`,
    );
  }
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

/** Deepest nesting of arrays and objects, counted without parsing; strings are skipped. */
function nestingOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 0x5c) at++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x5b || code === 0x7b) {
      depth++;
      if (depth > deepest) deepest = depth;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return deepest;
}

function lineOfError(text: string, reason: string): number | null {
  const stated = /line (\d+)/.exec(reason)?.[1];
  if (stated !== undefined) return Number(stated);
  const position = /position (\d+)/.exec(reason)?.[1];
  return position === undefined ? null : text.slice(0, Number(position)).split("\n").length;
}

function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === "string" && /^[A-Za-z_]\w*$/.test(part)
        ? `${index === 0 ? "" : "."}${part}`
        : `[${JSON.stringify(String(part).slice(0, 120))}]`,
    )
    .join("");
}
