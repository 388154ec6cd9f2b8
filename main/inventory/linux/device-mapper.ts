import { type Capture, evidenceOf, linesOf } from "../capture.ts";
import { kindFromMapperUuid, volumeOfMapperName } from "../storage/device-names.ts";
import type { DeviceStatement } from "../storage/statement.ts";
import type { BlockDeviceKind } from "../../../common/domain/facts.ts";
import { parseSize } from "../sizes.ts";
import { numberedPath } from "../storage/device-draft.ts";
import { wordTable } from "../../../common/word-table.ts";

/** dmsetup table, status, info (long, -c with any separator), ls. */
export function parseDmsetup(capture: Capture, args: readonly string[]): readonly DeviceStatement[] {
  const columns = argumentOf(args, "-o")?.split(",") ?? null;
  const separator = argumentOf(args, "--separator");
  const lines = linesOf(capture);
  const header = lines.find((line) => /^Name\s+Maj\s+Min/.test(line.text));
  const statements: DeviceStatement[] = [];
  let longName: string | null = null;
  for (const line of lines) {
    const text = line.text;
    const evidence = evidenceOf(capture, line);
    const table = /^(.+?): \d+ (\d+) (\S+) ?(.*)$/.exec(text);
    if (table) {
      statements.push(
        fromTable(table[1] ?? "", Number(table[2]) * 512, table[3] ?? "", table[4] ?? "", evidence),
      );
      continue;
    }
    const long = /^(Name|UUID|Major, minor):\s+(.+?)\s*$/.exec(text);
    if (long) {
      if (long[1] === "Name") longName = long[2] ?? null;
      else if (longName !== null && long[1] === "UUID")
        statements.push(fromUuid(longName, long[2] ?? "", null, evidence));
      else if (longName !== null) {
        const numbers = /^(\d+),\s*(\d+)/.exec(long[2] ?? "");
        if (numbers)
          statements.push({
            name: `/dev/mapper/${longName}`,
            claim: { majorMinor: `${numbers[1]}:${numbers[2]}`, aliases: [`/dev/dm-${numbers[2]}`] },
            evidence,
          });
      }
      continue;
    }
    if (header && line.number > header.number && text.trim() !== "") {
      const words = text.trim().split(/\s+/);
      const uuid = words.length >= 8 ? (words.at(-1) ?? "") : "";
      if (/^\d+$/.test(words[1] ?? ""))
        statements.push(fromUuid(words[0] ?? "", uuid, `${words[1]}:${words[2]}`, evidence));
      continue;
    }
    if (columns && separator !== null) {
      const parts = text.trim().split(separator);
      const part = (name: string): string | undefined => parts[columns.indexOf(name)];
      const name = part("name");
      if (name !== undefined && name !== "" && parts.length > 1) {
        statements.push(
          fromUuid(
            name,
            part("uuid") ?? "",
            part("major") === undefined ? null : `${part("major")}:${part("minor")}`,
            evidence,
          ),
        );
      }
      continue;
    }
    const listed = /^(\S+)\s+\((\d+)\s*[:,]\s*(\d+)\)\s*$/.exec(text);
    if (listed)
      statements.push({
        name: `/dev/mapper/${listed[1]}`,
        claim: { majorMinor: `${listed[2]}:${listed[3]}`, aliases: [`/dev/dm-${listed[3]}`] },
        evidence,
      });
  }
  return statements;
}

function fromTable(
  name: string,
  bytes: number,
  target: string,
  rest: string,
  evidence: DeviceStatement["evidence"],
): DeviceStatement {
  const kinds = wordTable<BlockDeviceKind>({
    crypt: "crypt",
    multipath: "multipath",
    raid45: "dmraid",
  });
  return {
    name: `/dev/mapper/${name}`,
    claim: {
      kind: kinds[target] ?? null,
      layout: target,
      size: { bytes, isExact: false },
      parents: [...rest.matchAll(/(?:^|\s)(\/dev\/\S+|[1-9]\d*:\d+)(?=\s|$)/g)].map((match) => {
        const on = match[1] ?? "";
        return on.startsWith("/") ? on : numberedPath(on);
      }),
    },
    evidence,
  };
}

function fromUuid(
  name: string,
  uuid: string,
  majorMinor: string | null,
  evidence: DeviceStatement["evidence"],
): DeviceStatement {
  const minor = majorMinor?.split(":")[1];
  const volume = uuid.startsWith("LVM-") ? volumeOfMapperName(name) : null;
  return {
    name: `/dev/mapper/${name}`,
    claim: {
      kind: kindFromMapperUuid(uuid),
      majorMinor,
      aliases: [
        ...(minor === undefined ? [] : [`/dev/dm-${minor}`]),
        ...(volume ? [`/dev/${volume.group}/${volume.volume}`] : []),
      ],
      volumeGroup: volume?.group ?? null,
    },
    evidence,
  };
}

/**
 * multipath -ll of every generation: `mpatha (3600…) dm-0 IBM,2107900`, `3600… dm-3 IBM,2107900`,
 * `create: mpatha (…) undef …`, paths as `|- 0:0:0:1 sdb 8:16 active ready running` or `\_ 0:0:0:1 sdb 8:16 [active][ready]`.
 */
export function parseMultipath(capture: Capture): readonly DeviceStatement[] {
  const statements: DeviceStatement[] = [];
  let current: string | null = null;
  for (const line of linesOf(capture)) {
    const evidence = evidenceOf(capture, line);
    const head =
      /^(?:(?:create|reload|resize|rename|switchpg): )?(\S+)(?: \(([^)\s]+)\))?\s+(dm-\d+|undef)\s+(\S.*)?$/.exec(
        line.text,
      );
    if (head && !/^[|`\\\s]/.test(line.text)) {
      current = `/dev/mapper/${head[1]}`;
      statements.push({
        name: current,
        claim: {
          kind: "multipath",
          aliases: head[3] === "undef" ? [] : [`/dev/${head[3]}`],
          model: head[4]?.replace(",", " ").trim() ?? null,
        },
        evidence,
      });
      continue;
    }
    const size = /^\[?size=([0-9.]+\s*[KMGTP]?)/i.exec(line.text.trim());
    if (size && current !== null) {
      statements.push({ name: current, claim: { size: parseSize(size[1] ?? "") }, evidence: null });
      continue;
    }
    const path = /[|`\\]?[-_]?\s+\d+:\d+:\d+:\d+\s+(\S+)\s+(\d+:\d+)\s+\[?(\w+)/.exec(line.text);
    if (path && current !== null && /^(sd|dasd|nvme|vd)/.test(path[1] ?? "")) {
      const name = `/dev/${path[1]}`;
      statements.push({
        name,
        claim: { kind: "disk", content: { type: "mpath_member" }, majorMinor: path[2] ?? null },
        evidence,
      });
      statements.push({ name: current, claim: { parents: [name] }, evidence: null });
    }
  }
  return statements;
}

/** dmraid -s -ccc, -r: firmware RAID sets, and `no raid disks`. */
export function parseDmraid(capture: Capture): readonly DeviceStatement[] {
  const statements: DeviceStatement[] = [];
  let set: string | null = null;
  for (const line of linesOf(capture)) {
    const parts = line.text.trim().split(":");
    const evidence = evidenceOf(capture, line);
    if (parts.length >= 6 && /^\d+$/.test(parts[1] ?? "") && !line.text.startsWith("/dev/")) {
      set = `/dev/mapper/${parts[0]}`;
      statements.push({
        name: set,
        claim: {
          kind: "dmraid",
          layout: parts[3] ?? null,
          state: parts[4] ?? null,
          size: { bytes: Number(parts[1]) * 512, isExact: true },
        },
        evidence,
      });
    } else if (/^\/dev\//.test(parts[0] ?? "") && parts.length >= 5) {
      const name = parts[0] ?? "";
      statements.push({
        name,
        claim: {
          content: { type: `${/isw/.test(parts[1] ?? "") ? "isw" : (parts[1] ?? "ataraid")}_raid_member` },
        },
        evidence,
      });
      if (set !== null) statements.push({ name: set, claim: { parents: [name] }, evidence: null });
    } else {
      const named =
        /^(?:\*\*\* |\*? ?)?(?:Group superset|(?:Active |Inactive )?(?:Super)?[Ss]ubset|Set|name\s*:)\s*(\S+)/.exec(
          line.text.trim(),
        );
      if (named && /^name/.test(line.text.trim()))
        statements.push({ name: `/dev/mapper/${named[1]}`, claim: { kind: "dmraid" }, evidence });
    }
  }
  return statements;
}

/** cryptsetup luksDump and status. `device` is what the command line named. */
export function parseCryptsetup(capture: Capture, args: readonly string[]): readonly DeviceStatement[] {
  const lines = linesOf(capture);
  const value = (label: RegExp): string | null => {
    for (const line of lines) {
      const match = /^\s*([A-Za-z ]+):\s+(.+?)\s*$/.exec(line.text);
      if (match && label.test(match[1] ?? "")) return match[2] ?? null;
    }
    return null;
  };
  const dumped = /luks header information(?: for (\/dev\/\S+))?/i.exec(capture.text);
  if (dumped) {
    const device = dumped[1] ?? args.find((arg) => arg.startsWith("/dev/"));
    const line = lines.find((candidate) => /luks header information/i.test(candidate.text)) ?? null;
    if (device === undefined) return [];
    return [
      {
        name: device,
        claim: { content: { type: "crypto_LUKS", version: value(/^version$/i), uuid: value(/^uuid$/i) } },
        evidence: evidenceOf(capture, line),
      },
    ];
  }
  const active = /^(\/dev\/mapper\/\S+) is active/m.exec(capture.text);
  const device = value(/^device$/i);
  if (!active || device === null) return [];
  return [
    {
      name: active[1] ?? "",
      claim: { kind: "crypt", parents: [device], layout: value(/^type$/i) },
      evidence: evidenceOf(capture, lines[0] ?? null),
    },
  ];
}

function argumentOf(args: readonly string[], name: string): string | null {
  for (const [index, arg] of args.entries()) {
    if (arg === name) return args[index + 1] ?? null;
    if (arg.startsWith(`${name}=`)) return arg.slice(name.length + 1);
  }
  return null;
}
