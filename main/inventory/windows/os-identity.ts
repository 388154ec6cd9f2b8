import type { OsFacts } from "../../../common/domain/facts.ts";
import { architectureOf } from "../architecture.ts";
import type { BundleView } from "../bundle-view.ts";
import type { WindowsClass } from "./objects.ts";
import { type Statement, statementsOf } from "./os-statements.ts";
import type { WindowsRecord } from "./records.ts";
import {
  editionFromName,
  isServerName,
  releaseFromName,
  releaseFromNumbers,
  type WindowsRelease,
} from "./versions.ts";
export type WindowsIdentity = Pick<
  OsFacts,
  | "version"
  | "kind"
  | "name"
  | "edition"
  | "build"
  | "kernel"
  | "servicePack"
  | "architecture"
  | "architectureText"
  | "language"
  | "hostName"
  | "evidence"
>;

/** Null where nothing in the bundle speaks of Windows. */
export function identifyWindows(
  view: BundleView,
  objects: ReadonlyMap<WindowsClass, readonly WindowsRecord[]>,
): WindowsIdentity | null {
  const statements = statementsOf(view, objects);
  if (statements.length === 0) return null;
  const first = <T>(pick: (statement: Statement) => T | null): T | null => {
    for (const statement of statements) {
      const value = pick(statement);
      if (value !== null) return value;
    }
    return null;
  };
  const name = first((statement) => statement.name);
  const numbers = first((statement) => statement.numbers);
  const named = name === null ? null : releaseFromName(name);
  const kind =
    first((statement) => statement.kind) ??
    named?.kind ??
    kindFromEdition(first((statement) => statement.edition));
  const second = statements.some((statement) => statement.isSecondRelease);
  const counted = numbers
    ? releaseFromNumbers(numbers.major, numbers.minor, numbers.build, kind, second)
    : null;
  const release = reconcile(name, named, counted, second, kind);
  const architectureText = first((statement) => statement.architectureText);
  const isEvaluation = statements.some((statement) => statement.isEvaluation === true);
  // Such a build is an Insider preview, whatever release it is named after.
  const isPreview =
    kind === "server" && numbers?.major === 10 && counted === null && (name === null || isServerName(name));
  const edition =
    [
      (name === null ? null : editionFromName(name)) ?? first((statement) => statement.edition),
      first((statement) => statement.product ?? null),
      isPreview ? "Preview" : isEvaluation ? "Evaluation" : null,
    ]
      .filter((word) => word !== null)
      .join(" ") || null;
  const build = numbers ? `${numbers.major}.${numbers.minor}.${numbers.build}` : null;
  return {
    version: release?.version ?? null,
    kind: release?.kind ?? kind,
    name,
    edition,
    build,
    kernel: build,
    servicePack: first((statement) => statement.servicePack),
    architecture: architectureText === null ? null : architectureOf(architectureText),
    architectureText,
    language: first((statement) => statement.language),
    hostName: first((statement) => statement.hostName),
    evidence: statements.map((statement) => statement.evidence).slice(0, 6),
  };
}

/**
 * The numbers decide between servers: a name may be left over from before an upgrade, a build is the system's own. Where
 * they tell no server (a build that is not known), the name does. The registry of Windows 11 still says Windows 10; 2003
 * R2 has the numbers of 2003, and the half-yearly release 1809 those of 2019, whose name has a year.
 */
function reconcile(
  name: string | null,
  named: WindowsRelease | null,
  counted: WindowsRelease | null,
  second: boolean,
  kind: "server" | "client" | null,
): WindowsRelease | null {
  if (!named) {
    return counted?.version === "2019" && /\bserver (standard|datacenter)$/i.test(name ?? "")
      ? { version: "1809", kind: "server" }
      : counted;
  }
  if (named.version === "10" && counted?.version === "11") return counted;
  if (named.kind === "server" && kind === "client") return counted ?? named;
  if (second && named.version === "2003") return { version: "2003 R2", kind: "server" };
  const isBase = counted !== null && named.version === `${counted.version} R2` && counted.version === "2003";
  return named.kind === "server" && counted?.kind === "server" && !isBase ? counted : named;
}

function kindFromEdition(edition: string | null): "server" | "client" | null {
  if (edition === null) return null;
  return /^Server/i.test(edition)
    ? "server"
    : /^(Enterprise|Professional|Core|Home|Education|Ultimate|Business)/i.test(edition)
      ? "client"
      : null;
}
