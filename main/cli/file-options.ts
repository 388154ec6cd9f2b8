/** Options that say into which layout files go, where the disks do not travel as they are. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { excludeListName } from "../../common/domain/exclude-list.ts";
import {
  mebibyte,
  replicationModes,
  replicationModeSchema,
  targetFilesystems,
  targetFilesystemSchema,
  type excludeListsSchema,
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
  excludes: {
    type: "string",
    value: "FOLDER",
    description:
      "with --replication file: a folder with rsync_excludes_linux.txt and, of data disks, rsync_excludes_linux_disk1.txt …, in the place of the product's lists",
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

const mostDisks = 64;

/** The lists of a folder, under the names that they have in the product's. */
function listsIn(folder: string): z.input<typeof excludeListsSchema> {
  const names = new Set<string>();
  try {
    for (const name of readdirSync(folder)) names.add(name);
  } catch (error) {
    throw new UsageError(`--excludes ${folder}: ${error instanceof Error ? error.message : "unreadable"}`);
  }
  const read = (dataDisk: number | null): string | null => {
    const name = excludeListName("linux", dataDisk);
    return names.has(name) ? readFileSync(join(folder, name), "utf8") : null;
  };
  const disks = Array.from({ length: mostDisks }, (_, index) => index + 1).flatMap((disk) => {
    const text = read(disk);
    return text === null ? [] : [{ disk, text }];
  });
  const system = read(null);
  if (system === null && disks.length === 0)
    throw new UsageError(`--excludes ${folder}: no ${excludeListName("linux", null)} is in it`);
  return { system, disks };
}

export function filesFrom(options: OptionValues): {
  readonly replication: ReplicationMode;
  readonly files: z.input<typeof filePlanSchema>;
} {
  const given = text(options, "replication") ?? "block";
  const replication = replicationModeSchema.safeParse(given);
  if (!replication.success)
    throw new UsageError(`--replication is one of ${replicationModes.join(", ")}, not "${given}"`);
  const files = filePlanFrom(options);
  const { changes = [], excludes = [], excludeLists } = files;
  const isAsked = changes.length + excludes.length > 0 || excludeLists !== undefined;
  if (replication.data === "block" && isAsked)
    throw new UsageError("--partition, --exclude-from and --excludes want --replication file");
  return { replication: replication.data, files };
}

/** What the options say of partitions and exclude lists. */
export function filePlanFrom(options: OptionValues): z.input<typeof filePlanSchema> {
  const folder = text(options, "excludes");
  return {
    changes: texts(options, "partition").map(partitionChange),
    excludes: texts(options, "exclude-from").map(excludesFrom),
    ...(folder === undefined ? {} : { excludeLists: listsIn(folder) }),
  };
}
