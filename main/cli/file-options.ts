/** Options that say into which layout files go, where the disks do not travel as they are. */
import { readFileSync } from "node:fs";
import type { z } from "zod";
import {
  mebibyte,
  replicationModes,
  replicationModeSchema,
  targetFilesystems,
  targetFilesystemSchema,
  type filePlanSchema,
  type PartitionChange,
  type ReplicationMode,
} from "../../common/domain/target-layout.ts";
import { text, texts, UsageError, type CommandOption, type OptionValues } from "./command.ts";

export const fileOptions = {
  replication: {
    type: "string",
    value: "MODE",
    choices: replicationModes,
    description:
      "block: the disks as they are; file: every mounted filesystem becomes a standard partition (default: block)",
  },
  partition: {
    type: "string",
    multiple: true,
    value: "MOUNT=SIZE|FS|join",
    description: `with --replication file: e.g. /home=20G, /=8G,xfs, /var=join (into the one above), swap=1G; filesystems: ${targetFilesystems.join(", ")}`,
  },
  "exclude-from": {
    type: "string",
    multiple: true,
    value: "MOUNT=FILE",
    description: "with --replication file: a list as rsync reads it, in the place of the product's own",
  },
} as const satisfies Record<string, CommandOption>;

const units: Readonly<Record<string, number>> = {
  M: mebibyte,
  G: 1024 * mebibyte,
  T: 1024 * 1024 * mebibyte,
};

export function partitionChange(given: string): PartitionChange {
  const [, partition, words] = /^(swap|\/[^=]*)=(.+)$/.exec(given) ?? [];
  if (partition === undefined || words === undefined)
    throw new UsageError(
      `--partition wants a mount point and what it gets, e.g. /home=20G,xfs, not "${given}"`,
    );
  let change: PartitionChange = { partition };
  for (const word of words.split(",")) {
    const size = /^(\d+(?:\.\d+)?)([MGT])$/i.exec(word);
    const filesystem = targetFilesystemSchema.safeParse(word);
    if (size !== null) {
      const bytes = Number(size[1]) * (units[(size[2] ?? "").toUpperCase()] ?? 1);
      change = { ...change, sizeBytes: Math.ceil(bytes / mebibyte) * mebibyte };
    } else if (filesystem.success) change = { ...change, filesystem: filesystem.data };
    else if (word === "join") change = { ...change, joined: true };
    else
      throw new UsageError(
        `--partition ${partition}: "${word}" is no size such as 20G, no filesystem and not join`,
      );
  }
  return change;
}

function excludesFrom(given: string): { mountPoint: string; text: string } {
  const [, mountPoint, path] = /^(\/[^=]*)=(.+)$/.exec(given) ?? [];
  if (mountPoint === undefined || path === undefined)
    throw new UsageError(
      `--exclude-from wants a mount point and a file, e.g. /=excludes.txt, not "${given}"`,
    );
  try {
    return { mountPoint, text: readFileSync(path, "utf8") };
  } catch (error) {
    throw new UsageError(`--exclude-from ${path}: ${error instanceof Error ? error.message : "unreadable"}`);
  }
}

export function filesFrom(options: OptionValues): {
  readonly replication: ReplicationMode;
  readonly files: z.input<typeof filePlanSchema>;
} {
  const given = text(options, "replication") ?? "block";
  const replication = replicationModeSchema.safeParse(given);
  if (!replication.success)
    throw new UsageError(`--replication is one of ${replicationModes.join(", ")}, not "${given}"`);
  const changes = texts(options, "partition").map(partitionChange);
  const excludes = texts(options, "exclude-from").map(excludesFrom);
  if (replication.data === "block" && changes.length + excludes.length > 0)
    throw new UsageError("--partition and --exclude-from want --replication file");
  return { replication: replication.data, files: { changes, excludes } };
}
