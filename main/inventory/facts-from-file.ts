import type { KeyObject } from "node:crypto";
import type { Facts } from "../../common/domain/facts.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { readBundle } from "./bundle-reader.ts";
import { isSealed, openSealedBundle } from "./bundle-seal.ts";
import { decodeText } from "./decode.ts";
import { factsFromBundle } from "./facts-from-bundle.ts";
import { factsFromText } from "./facts-from-text.ts";

/**
 * Facts from whatever file an admin brings: a bundle, a sealed bundle, or saved output of one tool. `name` is the file's,
 * for messages; `privateKey` is the assistant's, needed for sealed bundles only.
 */
export function factsFromFile(
  bytes: Uint8Array,
  name: string,
  privateKey: KeyObject | null = null,
): Result<Facts> {
  if (isSealed(bytes)) {
    if (privateKey === null) {
      return fail(
        "bundle-invalid",
        `${name}: sealed to an assistant's key`,
        { file: name, field: "key" },
        "Open it with the assistant whose public key it was sealed to.",
      );
    }
    const opened = openSealedBundle(bytes, privateKey, name);
    return opened.ok ? factsFromFile(opened.value, name, privateKey) : opened;
  }
  if (!looksLikeBundle(bytes, name)) return factsFromText(bytes, { fileName: name });
  const bundle = readBundle(bytes, name);
  return bundle.ok ? ok(factsFromBundle(bundle.value)) : bundle;
}

/** A JSON object with a bundle's own words in it, or a .json file that is nothing else either. */
function looksLikeBundle(bytes: Uint8Array, name: string): boolean {
  const head = decodeText(bytes.subarray(0, 65_536)).text.trimStart();
  if (!head.startsWith("{")) return /\.json$/i.test(name) && !head.startsWith("[");
  if (/^\{\s*"(format|files|commands|collector|collectedAt)"\s*:/.test(head)) return true;
  return (
    !/^\{\s*"(blockdevices|filesystems|partitiontable|report|disk|Caption|CimClass)"/.test(head) &&
    /"(files|commands|format)"\s*:/.test(head)
  );
}
