import { readFileSync } from "node:fs";

/** Time that the machine's processors have spent since it started, in ticks. */
export interface ProcessorTicks {
  readonly total: number;
  /** With nothing to do, waiting for disks included. */
  readonly idle: number;
}

const lookMs = 500;
/** Above this share of idle time there is room, below the other there is none; between, things stay as they are. */
const roomAbove = 0.25;
const noRoomBelow = 0.1;

/** Tells whether the machine's processors have time left for work that can as well be left. */
export interface ProcessorRoom {
  /** By the last half second or more. Cheap. */
  hasRoom(): boolean;
}

/**
 * @param read undefined where the system does not say; there is room then
 * @param now monotonic milliseconds
 */
export function watchProcessors(
  read: () => ProcessorTicks | undefined = readTicks,
  now: () => number = () => performance.now(),
): ProcessorRoom {
  let last = read();
  let lookedAt = now();
  let room = true;
  return {
    hasRoom() {
      if (now() - lookedAt < lookMs) return room;
      const ticks = read();
      if (last !== undefined && ticks !== undefined && ticks.total > last.total) {
        const idle = (ticks.idle - last.idle) / (ticks.total - last.total);
        if (idle >= roomAbove) room = true;
        else if (idle < noRoomBelow) room = false;
      }
      last = ticks;
      lookedAt = now();
      return room;
    },
  };
}

/** The first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal; what follows is within user. */
export function ticksOf(stat: string): ProcessorTicks | undefined {
  const fields = /^cpu +((?:\d+ ?)+)/.exec(stat)?.[1]?.trim().split(" ").slice(0, 8).map(Number);
  if (fields === undefined || fields.length < 4) return undefined;
  return {
    total: fields.reduce((sum, each) => sum + each, 0),
    idle: (fields[3] ?? 0) + (fields[4] ?? 0),
  };
}

function readTicks(): ProcessorTicks | undefined {
  try {
    return ticksOf(readFileSync("/proc/stat", "latin1"));
  } catch {
    return undefined;
  }
}
