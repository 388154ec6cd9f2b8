import { inEnglish } from "../support/in-english.ts";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fail, ok, type Result } from "../../common/result.ts";
import type { LabSource } from "./boot-source.ts";
import { payloadDirectory } from "./layouts.ts";
import type { LabImage } from "./prepare-image.ts";

/** `-` lines are in the manifest and not on the machine, `+` lines the reverse. */
export interface PayloadVerdict {
  readonly equal: boolean;
  readonly lines: number;
  readonly differences: readonly string[];
}

/**
 * Lists the payload on a running machine with the machine's own stat, sha256sum, getfattr and getfacl and compares
 * with the manifest of the image that it came from. The listing script is sent along, so nothing on the machine but
 * those tools is trusted.
 */
export async function verifyPayload(machine: LabSource, image: LabImage): Promise<Result<PayloadVerdict>> {
  const script = await readFile(join(payloadDirectory, "list-payload.sh"), "utf8");
  const listed = await machine.run(`sh -s -- ${image.payloadDirectories.join(" ")}`, { stdin: script });
  if (!listed.ok) return listed;
  const { exitCode, stdout, stderr } = listed.value;
  if (exitCode !== 0)
    return fail("command-failed", inEnglish("the payload could not be listed"), { exitCode, output: stderr });
  return ok(await compareWithManifest(stdout, image));
}

/** Compares what list-payload.sh printed with what it printed when the image was made. */
export async function compareWithManifest(listed: string, image: LabImage): Promise<PayloadVerdict> {
  const manifest = await readFile(image.manifestPath, "utf8");
  return {
    equal: manifest === listed,
    lines: manifest.split("\n").length - 1,
    differences: [...missingFrom(listed, manifest, "-"), ...missingFrom(manifest, listed, "+")],
  };
}

function missingFrom(text: string, lines: string, sign: string): string[] {
  const known = new Set(text.split("\n"));
  return lines
    .split("\n")
    .filter((line) => !known.has(line))
    .map((line) => `${sign}${line}`);
}
