/** A run of the bench as Markdown, and the place in docs/BENCH.md where it stands. */
import { copiedName, provedName, settledName } from "./case-copies.ts";
import { slope } from "./case-sparse.ts";
import type { BenchResult, CopyRow, SparseRow } from "./result.ts";

const begin = "<!-- run: made by npm run bench -- --update-docs -->";
const end = "<!-- end of run -->";

const best = (row: CopyRow | undefined): number | null =>
  row === undefined || row.seconds.length === 0 ? null : Math.min(...row.seconds);
const median = (row: CopyRow | undefined): number | null => {
  const sorted = row?.seconds.toSorted((a, b) => a - b) ?? [];
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
};
const fixed = (value: number | null, digits: number): string => value?.toFixed(digits) ?? "–";

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [header, header.map(() => "---"), ...rows].map(line);
}

const rowOf = (copies: readonly CopyRow[], what: string, name: string): CopyRow | undefined =>
  copies.find((row) => row.what === what && row.name === name);

function copiesPart({ copies, sizeMib, rounds }: BenchResult): string[] {
  if (copies.length === 0) return [];
  const rows = copies.map((row) => {
    const seconds = best(row);
    const over = (name: string): string => {
      const ours = best(rowOf(copies, row.what, name));
      return seconds === null || ours === null ? "" : (seconds / ours).toFixed(2);
    };
    return [
      row.what,
      row.name.startsWith("ours") ? `**${row.name}**` : row.name,
      fixed(seconds, 2),
      fixed(median(row), 2),
      row.seconds.map((each) => each.toFixed(1)).join(", ") || row.note,
      seconds === null ? "" : (row.usedMib / seconds).toFixed(0),
      over(copiedName),
      over(provedName),
      fixed(row.cost?.cpuSeconds ?? null, 1),
      row.cost === null ? "" : (row.cost.wireBytes / 1024 ** 2).toFixed(0),
    ];
  });
  const header = [
    "",
    "",
    "best s",
    "median s",
    "rounds s",
    "MiB/s of used data",
    "÷ copied",
    "÷ proved",
    "CPU s, both ends",
    "MiB on loopback",
  ];
  const peaks = new Map<string, number>();
  for (const { cost } of copies) {
    for (const [program, kib] of Object.entries(cost?.peakResidentKiB ?? {})) {
      peaks.set(program, Math.max(peaks.get(program) ?? 0, kib / 1024));
    }
  }
  return [
    `### One disk of ${sizeMib} MiB, best of ${rounds} rounds in turns`,
    "",
    ...table(header, rows),
    "",
    `Peak memory: agent ${fixed(peaks.get("agent") ?? null, 0)} MiB, intermediate ${fixed(peaks.get("intermediate") ?? null, 0)} MiB (worker threads included). Of the best full copy ${rowOf(copies, "full", copiedName)?.note ?? "nothing"}, the rest when it was read back.`,
    "",
  ];
}

function linkPart({ link }: BenchResult): string[] {
  if (link === null) return [];
  const rate = link.payloadBytes / link.seconds;
  return [
    `### A link of ${link.megabits} Mbit/s`,
    "",
    `${(link.payloadBytes / 1e6).toFixed(1)} MB of compressed chunks (${(link.rawBytes / 1e6).toFixed(1)} MB of the disk) in ${link.seconds.toFixed(1)} s: ` +
      `${(rate / 1e6).toFixed(2)} MB/s, **${((rate / link.payloadRate) * 100).toFixed(1)} %** of the ${(link.payloadRate / 1e6).toFixed(2)} MB/s that TCP can carry there. ` +
      `The link's own counter says ${(link.linkBytes / 1e6).toFixed(1)} MB with all headers.`,
    "",
  ];
}

function loadPart({ loadCeiling }: BenchResult): string[] {
  if (loadCeiling.length === 0) return [];
  const rows = loadCeiling.map((row) => [
    row.workload,
    row.ceiling,
    row.alone.toFixed(0),
    `${(row.kept * 100).toFixed(0)} %`,
    row.readMib.toFixed(1),
  ]);
  return [
    "### The source's own work beside a copy, on one processor",
    "",
    ...table(["work", "ceiling", "alone, 1/s", "kept", "copy reads MiB/s"], rows),
    "",
  ];
}

function watchPart({ watch }: BenchResult): string[] {
  if (watch === null) return [];
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  const wire = ({ said, counted }: { readonly said: number; readonly counted: number }): string =>
    `${(said / 1e6).toFixed(2)} MB said, ${(counted / 1e6).toFixed(2)} MB counted with TLS, frames and the control connection: ${percent(said / counted)}`;
  const widths = watch.etaWidths.map((width) => width.toFixed(1)).join(", ");
  return [
    "### What `sma job watch` says, beside a count at the sockets",
    "",
    ...table(
      ["what", `on a line of 2 MB/s, ${watch.samples} samples`],
      [
        ["bytes on the wire, nothing compresses", wire(watch.plain)],
        ["bytes on the wire, of a disk with holes and texts", wire(watch.mixed)],
        ["rate", `off by ${percent(watch.rateOff)} from the count of the last 5 s (median)`],
        [
          "time to go",
          `the end was within the interval, give or take the 1.5 s of polling, in ${percent(watch.etaRight)} of the samples; its width after a quarter, a half, three quarters: ${widths} s`,
        ],
        ["bottleneck", `the network, which it was, in ${percent(watch.network)} of the samples`],
        [
          "savings",
          `sent, zeros, unused and the same are ${watch.accounted} of the disk's ${watch.diskBytes} bytes; compression's are off by ${watch.compressionSaved}`,
        ],
      ],
    ),
    "",
  ];
}

function sparsePart({ sparse }: BenchResult): string[] {
  if (sparse.length === 0) return [];
  const columns: readonly (readonly [string, (row: SparseRow) => number, number])[] = [
    ["full sync s", (row) => row.fullSeconds, 1],
    ["next sync s", (row) => row.againSeconds, 1],
    ["resumed at 90 % s", (row) => row.resumeSeconds, 1],
    ["reading back s", (row) => row.verifySeconds, 1],
    ["manifest MiB", (row) => row.manifestMib, 1],
    ["agent peak MiB", (row) => row.agentMib, 0],
    ["intermediate peak MiB", (row) => row.intermediateMib, 0],
  ];
  const rows = sparse.map((row) => [
    String(row.tebibytes),
    ...columns.map(([, of, digits]) => of(row).toFixed(digits)),
  ]);
  const slopes = ["a TiB more", ...columns.map(([, of]) => slope(sparse, of).toFixed(2))];
  return [
    `### Large, nearly empty disks, chunks of ${sparse[0]?.chunkMib ?? 0} MiB`,
    "",
    ...table(["TiB", ...columns.map(([name]) => name)], [...rows, slopes]),
    "",
  ];
}

/** Each target of the data path with what this run says of it. */
function targetsPart(result: BenchResult): string[] {
  const { copies } = result;
  const rivals = copies.filter(
    ({ what, name }) => what === "full" && !name.startsWith("ours") && !name.startsWith("nbdcopy"),
  );
  const nbdcopy = copies.filter(({ what, name }) => what === "full" && name.startsWith("nbdcopy"));
  const rsync = copies.filter(({ what, name }) => what === "1 % changed" && name === "rsync -S --inplace");
  const rate = (what: string, name: string): number | null => {
    const row = rowOf(copies, what, name);
    const time = best(row);
    return row === undefined || time === null ? null : row.usedMib / time;
  };
  /** How many times as fast as the fastest of `others`. */
  const ratioTo = (others: readonly CopyRow[], what: string, name: string, of: typeof best): string => {
    const theirs = others.map(of).filter((time) => time !== null);
    const ours = of(rowOf(copies, what, name));
    return ours === null || theirs.length === 0 ? "–" : `${(Math.min(...theirs) / ours).toFixed(2)} ×`;
  };
  const both = (others: readonly CopyRow[], what: string): string =>
    [
      `${ratioTo(others, what, copiedName, best)} for the copy`,
      `${ratioTo(others, what, provedName, best)} with the proof`,
      `by the medians ${ratioTo(others, what, copiedName, median)} and ${ratioTo(others, what, provedName, median)}`,
    ].join(", ");
  const rows = [
    ["full sync at least 2 × the best of dd, zstd, rsync, partclone over ssh", both(rivals, "full")],
    ["faster than nbdcopy without encryption", both(nbdcopy, "full")],
    ["1 % changed: at least 3 × rsync --inplace", both(rsync, "1 % changed")],
    [
      "no change: limited by reading and hashing, 1.5 GB/s",
      `${fixed(((rate("no change", settledName) ?? 0) * 1024 ** 2) / 1e9, 2)} GB/s; SHA-256 alone ${result.sha256.toFixed(2)} GB/s a processor`,
    ],
    [
      "a half-empty disk costs no more than its used half",
      `${fixed(rate("half empty", copiedName), 0)} MiB/s of used data, the full one ${fixed(rate("full", copiedName), 0)}`,
    ],
  ];
  return copies.length === 0
    ? []
    : ["### Against the targets", "", ...table(["target", "in this run"], rows), ""];
}

export function runReport(result: BenchResult): string {
  const loads = Object.entries(result.load).map(([part, load]) => `${part} ${load.toFixed(1)}`);
  return [
    `${result.when}, ${result.processors}. SHA-256 on one processor: ${result.sha256.toFixed(2)} GB/s. Load average at the beginning of each part: ${loads.join(", ")}.`,
    "",
    ...copiesPart(result),
    ...targetsPart(result),
    ...linkPart(result),
    ...loadPart(result),
    ...watchPart(result),
    ...sparsePart(result),
  ].join("\n");
}

/** The document with the run in the place of the one before. */
export function insertRun(document: string, result: BenchResult): string {
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the document has no place for a run: ${begin}`);
  return `${document.slice(0, from)}${begin}\n\n${runReport(result)}\n${document.slice(to)}`;
}
