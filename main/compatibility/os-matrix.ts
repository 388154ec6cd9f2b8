/**
 * Is a system on the list? The list is data (resources/os-matrix); this file only reads it. A wrong `true` is the
 * dangerous answer, so every doubt ends in `null` (it cannot be told) or `false`, never in `true`.
 */
import { z } from "zod";
import type { Support } from "../../common/domain/assessment.ts";
import type { OsFacts } from "../../common/domain/facts.ts";
import labTestedData from "../../resources/os-matrix/lab-tested.json" with { type: "json" };
import listedData from "../../resources/os-matrix/server-migration-center.json" with { type: "json" };
import relativesData from "../../resources/os-matrix/relatives.json" with { type: "json" };

const common = {
  id: z.string(),
  distro: z.string(),
  /** As the table words it. */
  label: z.string(),
  serverOnly: z.boolean().default(false),
  why: z.string().optional(),
  notes: z
    .array(z.object({ note: z.enum(["cannot-be-activated"]), versions: z.array(z.string()) }))
    .default([]),
};

const entrySchema = z.discriminatedUnion("match", [
  /** The whole version text is one of `versions`. */
  z.object({ ...common, match: z.literal("exact"), versions: z.array(z.string()) }),
  /** The first number of the version is one of `versions`; of `unsettled`: the wording leaves it open. */
  z.object({
    ...common,
    match: z.literal("major"),
    versions: z.array(z.string()),
    unsettled: z.array(z.string()).default([]),
  }),
  /** `from` ≤ version < `before` is listed; from `unsettledFrom` on the wording leaves it open. */
  z.object({
    ...common,
    match: z.literal("release"),
    from: z.string(),
    before: z.string(),
    unsettledFrom: z.string(),
  }),
  /** Every version, known or not. */
  z.object({ ...common, match: z.literal("any") }),
]);
export type MatrixEntry = z.infer<typeof entrySchema>;

const tableSchema = z.object({ title: z.string(), entries: z.array(entrySchema) });
const relativesSchema = z.object({
  relatives: z.record(z.string(), z.object({ name: z.string(), resembles: z.string() })),
});

export interface OsMatrix {
  readonly listed: readonly MatrixEntry[];
  readonly labTested: readonly MatrixEntry[];
  /** os-release ID to what the system is called and which listed system it resembles. */
  readonly relatives: Readonly<Record<string, { readonly name: string; readonly resembles: string }>>;
}

/** The matrix that the product ships. A malformed file is a defect and throws. */
export const osMatrix: OsMatrix = {
  listed: tableSchema.parse(listedData).entries,
  labTested: tableSchema.parse(labTestedData).entries,
  relatives: relativesSchema.parse(relativesData).relatives,
};

export type Match = "yes" | "no" | "unsettled" | "version-unknown";

/** Products that carry a listed system's name and identity and yet are something else. */
const otherProducts: readonly { readonly distro: string; readonly name: RegExp; readonly verdict: Match }[] =
  [
    { distro: "centos", name: /stream/i, verdict: "no" },
    { distro: "centos", name: /\bovirt\b/i, verdict: "no" },
    // Read-only systems of images (ostree) that are not updated, booted or repaired like the listed one.
    { distro: "rhel", name: /atomic host/i, verdict: "unsettled" },
    { distro: "centos", name: /atomic host/i, verdict: "unsettled" },
    { distro: "rhel", name: /hypervisor|virtuali[sz]ation|coreos/i, verdict: "no" },
    { distro: "sles", name: /\bdesktop\b|\bmicro\b/i, verdict: "no" },
    { distro: "sles", name: /\bSAP\b/, verdict: "unsettled" },
    { distro: "opensuse", name: /tumbleweed|microos|\bmicro\b|factory/i, verdict: "no" },
    { distro: "ubuntu", name: /\bcore\b|\btouch\b/i, verdict: "no" },
    {
      distro: "windows",
      name: /hyper-v server|small business server|home server|multipoint|storage server|nano server|embedded|azure stack/i,
      verdict: "unsettled",
    },
  ];

/** What comes before a release is not that release. */
const unfinished = /\b(alpha|beta|release candidate|development (branch|release)|rawhide|preview|vNext)\b/i;

/** Kernels that make another product of a listed system. */
const otherKernels: readonly { readonly kernel: RegExp; readonly verdict: Match }[] = [
  { kernel: /-pve$|\btruenas\b/, verdict: "unsettled" },
];

/** How `os` stands to one entry; the entry's distro must be the system's. */
export function matchEntry(entry: MatrixEntry, os: OsFacts): Match {
  if (os.distro !== entry.distro) return "no";
  if (entry.serverOnly && os.kind === "client") return "no";
  const product = otherProducts.find(
    (other) => other.distro === os.distro && other.name.test(`${os.name ?? ""} ${os.edition ?? ""}`),
  );
  if (product?.verdict === "no") return "no";
  const byVersion = matchVersion(entry, os.version);
  if (byVersion !== "yes") return byVersion;
  if (product) return product.verdict;
  if (unfinished.test(`${os.name ?? ""} ${os.edition ?? ""}`)) return "unsettled";
  const kernel = otherKernels.find((other) => os.kernel !== null && other.kernel.test(os.kernel));
  return kernel ? kernel.verdict : "yes";
}

function matchVersion(entry: MatrixEntry, version: string | null): Match {
  if (entry.match === "any") return "yes";
  if (version === null) return "version-unknown";
  switch (entry.match) {
    case "exact":
      return entry.versions.includes(version) ? "yes" : "no";
    case "major": {
      // `jessie/sid`, `testing`: between two releases, and the table knows only releases.
      const major = /^(\d+)(?=$|[.\s-])/.exec(version)?.[1];
      if (major === undefined) return "unsettled";
      if (entry.versions.includes(major)) return "yes";
      return entry.unsettled.includes(major) ? "unsettled" : "no";
    }
    case "release": {
      if (!/^\d+(\.\d+)*/.test(version)) return "unsettled";
      if (compareVersions(version, entry.unsettledFrom) >= 0) return "unsettled";
      return compareVersions(version, entry.from) >= 0 && compareVersions(version, entry.before) < 0
        ? "yes"
        : "no";
    }
  }
}

/** Compares dotted numbers; what follows the numbers does not count. */
export function compareVersions(a: string, b: string): number {
  const left = numbersOf(a);
  const right = numbersOf(b);
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

function numbersOf(version: string): number[] {
  return (/\d+(\.\d+)*/.exec(version)?.[0] ?? "0").split(".").map(Number);
}

/** The entry that `os` matches, or that leaves it open; null where the list says nothing of this distro. */
function bestMatch(
  entries: readonly MatrixEntry[],
  os: OsFacts,
): { readonly entry: MatrixEntry; readonly match: Match } | null {
  const order: readonly Match[] = ["yes", "unsettled", "version-unknown", "no"];
  const candidates = entries
    .filter((entry) => entry.distro === os.distro)
    .map((entry) => ({ entry, match: matchEntry(entry, os) }));
  return candidates.sort((a, b) => order.indexOf(a.match) - order.indexOf(b.match))[0] ?? null;
}

/** Judges a system. Pure; knows nothing but `os` and the matrix. */
export function judgeOs(os: OsFacts, matrix: OsMatrix = osMatrix): Support {
  const listed = bestMatch(matrix.listed, os);
  const entry = listed?.entry.label ?? null;
  if (listed?.match === "yes") return { onList: true, tier: "listed", entry };
  if (os.distro !== null && bestMatch(matrix.labTested, os)?.match === "yes") {
    return { onList: false, tier: "lab-tested", entry };
  }
  if (os.family === "other") return { onList: false, tier: "unsupported", entry: null };
  if (os.distro === null) return { onList: null, tier: "undetermined", entry: null };
  if (listed?.match === "unsettled" || listed?.match === "version-unknown") {
    return { onList: null, tier: "undetermined", entry };
  }
  if (os.distro === "windows" && os.kind === "client") return { onList: false, tier: "unsupported", entry };
  return { onList: false, tier: "unproven", entry };
}

/** True where Windows can no longer be activated once it runs on other hardware. */
export function cannotBeActivated(os: OsFacts, matrix: OsMatrix = osMatrix): boolean {
  return matrix.listed.some(
    (entry) =>
      entry.distro === os.distro &&
      entry.notes.some(
        (note) =>
          note.note === "cannot-be-activated" && os.version !== null && note.versions.includes(os.version),
      ),
  );
}

/** What derivatives call a listed system in os-release's ID_LIKE. */
const parents: Readonly<Record<string, string>> = {
  rhel: "Red Hat",
  centos: "CentOS",
  ubuntu: "Ubuntu",
  debian: "Debian",
  sles: "SUSE",
  suse: "SUSE",
  opensuse: "OpenSUSE",
  gentoo: "Gentoo",
};

/** The listed system that an unlisted one is built like, by the list of relatives or by its own word; null where none is. */
export function relativeOf(os: OsFacts, matrix: OsMatrix = osMatrix): string | null {
  const known = os.distro === null ? undefined : relatedTo(os.distro, matrix)?.resembles;
  if (known !== undefined) return known;
  const own = os.idLike.find((id) => id !== os.distro && Object.hasOwn(parents, id));
  return own === undefined ? null : (parents[own] ?? null);
}

/** Ids are spelt in lower case in the list, and not everywhere else (openEuler). */
function relatedTo(distro: string, { relatives }: OsMatrix): OsMatrix["relatives"][string] | undefined {
  const id = distro.toLowerCase();
  return Object.hasOwn(relatives, id) ? relatives[id] : undefined;
}

/** The system's name for people: its own words where it has some; `?` where nothing is known. */
export function osTitle(os: OsFacts, matrix: OsMatrix = osMatrix): string {
  if (os.name !== null && os.name !== "") return os.name;
  if (os.distro === null) return os.family ?? "?";
  const windows = os.kind === "server" ? "Windows Server" : "Windows";
  const name = os.distro === "windows" ? windows : (relatedTo(os.distro, matrix)?.name ?? os.distro);
  return os.version === null ? name : `${name} ${os.version}`;
}
