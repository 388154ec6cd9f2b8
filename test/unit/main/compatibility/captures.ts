/** A few lines of what a source says, and the assessment of it. */
import type { Assessment } from "../../../../common/domain/assessment.ts";
import { bundleSchema } from "../../../../common/domain/bundle.ts";
import { assess } from "../../../../main/compatibility/assess.ts";
import { factsFromBundle } from "../../../../main/inventory/facts-from-bundle.ts";

export interface Capture {
  readonly platform?: "linux" | "windows";
  readonly files?: Readonly<Record<string, string>>;
  readonly commands?: Readonly<Record<string, string>>;
}

export function assessCapture({ platform, files = {}, commands = {} }: Capture): Assessment {
  const outputs = Object.fromEntries(Object.entries(commands).map(([line, stdout]) => [line, { stdout }]));
  return assess("a", factsFromBundle(bundleSchema.parse({ format: 1, platform, files, commands: outputs })));
}

export const codesOf = (assessment: Assessment): readonly string[] => [
  ...new Set(assessment.findings.map(({ code }) => code)),
];

/** `wmic … get /value`: blank lines between objects. */
export const wmiList = (...objects: readonly Readonly<Record<string, string | number>>[]): string =>
  objects
    .map((object) =>
      Object.entries(object)
        .map(([key, value]) => `${key}=${value}\r\r\n`)
        .join(""),
    )
    .join("\r\r\n\r\r\n");
