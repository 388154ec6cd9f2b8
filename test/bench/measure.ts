/** What a way of copying costs: wall time, processor time, bytes on the wire, memory. Linux only. */
import { readdirSync, readFileSync } from "node:fs";

const ticksPerSecond = 100;
const samplingMs = 50;

export interface Cost {
  readonly wallSeconds: number;
  /** User and system time of all processes that took part, on both ends. */
  readonly cpuSeconds: number;
  /** What the loopback interface carried, headers included. */
  readonly wireBytes: number;
  /** Largest resident set of a single process, by its label. */
  readonly peakResidentKiB: Readonly<Record<string, number>>;
}

/** Which processes take part: our descendants of that name as the kernel shows it, or all by a part of the command line. */
export interface Participant {
  readonly label: string;
  readonly name?: string;
  readonly commandLine?: string;
}

interface ProcessSample {
  readonly name: string;
  readonly commandLine: string;
  readonly parent: number;
  /** Own processor time. */
  readonly seconds: number;
  readonly peakKiB: number;
}

/** Bytes that the loopback interface has received since it came up. */
function loopbackBytes(): number {
  const line = readFileSync("/proc/net/dev", "utf8")
    .split("\n")
    .find((each) => each.trim().startsWith("lo:"));
  return Number(line?.trim().split(/[:\s]+/)[1] ?? 0);
}

function readProcess(pid: number): ProcessSample | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name may hold spaces and parentheses: fields are counted from the last one.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return {
      name: stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")")),
      commandLine: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "),
      parent: Number(fields[1]),
      seconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
      peakKiB: Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0),
    };
  } catch {
    return null;
  }
}

/** A process may become another program shortly after its birth; by then it is what it stays. */
const looksAtStrangers = 4;

/** Reads processes again and again. Those that turned out to be others' are left alone: reading hundreds costs time. */
class ProcessWatch {
  readonly #participants: readonly Participant[];
  readonly #looks = new Map<number, number>();

  constructor(participants: readonly Participant[]) {
    this.#participants = participants;
  }

  /** The participants that are alive. */
  look(): Map<number, ProcessSample> {
    const found = new Map<number, ProcessSample>();
    for (const name of readdirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const pid = Number(name);
      const looks = this.#looks.get(pid) ?? 0;
      if (looks >= looksAtStrangers) continue;
      const sample = readProcess(pid);
      if (sample === null) continue;
      if (labelOf(sample, this.#participants) !== undefined) found.set(pid, sample);
      else this.#looks.set(pid, looks + 1);
    }
    return found;
  }
}

function isOurs(sample: ProcessSample): boolean {
  for (let parent = sample.parent; parent > 1;) {
    if (parent === process.pid) return true;
    const above = readProcess(parent);
    if (above === null) return false;
    parent = above.parent;
  }
  return false;
}

function labelOf(sample: ProcessSample, participants: readonly Participant[]): string | undefined {
  return participants.find(
    ({ name, commandLine }) =>
      (name !== undefined && sample.name === name && isOurs(sample)) ||
      (commandLine !== undefined && sample.commandLine.includes(commandLine)),
  )?.label;
}

/**
 * Runs `act` and measures every process among `participants` that is alive meanwhile. Processes are sampled, so one that
 * lives shorter than the sampling interval is missed: fit for copies that take seconds.
 */
export async function measure(participants: readonly Participant[], act: () => Promise<void>): Promise<Cost> {
  const watch = new ProcessWatch(participants);
  const before = watch.look();
  const last = new Map<number, ProcessSample>();
  const sample = () => {
    for (const [pid, seen] of watch.look()) last.set(pid, seen);
  };
  const timer = setInterval(sample, samplingMs);
  const wireBefore = loopbackBytes();
  const begun = performance.now();
  try {
    await act();
  } finally {
    clearInterval(timer);
  }
  const wallSeconds = (performance.now() - begun) / 1000;
  sample();

  const peaks: Record<string, number> = {};
  let cpuSeconds = 0;
  for (const [pid, seen] of last) {
    const earlier = before.get(pid);
    cpuSeconds += seen.seconds - (earlier?.commandLine === seen.commandLine ? earlier.seconds : 0);
    const label = labelOf(seen, participants) ?? seen.name;
    peaks[label] = Math.max(peaks[label] ?? 0, seen.peakKiB);
  }
  return { wallSeconds, cpuSeconds, wireBytes: loopbackBytes() - wireBefore, peakResidentKiB: peaks };
}
