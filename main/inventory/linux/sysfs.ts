import type { BundleView } from "../bundle-view.ts";
import { countOrNull, evidenceOf, linesOf, textOrNull } from "../capture.ts";
import { devicePath, kindFromMapperUuid, kindFromName } from "../storage/device-names.ts";
import type { DeviceStatement } from "../storage/statement.ts";

/** Attributes under /sys/block/DISK/ and /sys/block/DISK/PARTITION/ (also under /sys/devices/…/block/). */
export function parseSysBlock(view: BundleView): readonly DeviceStatement[] {
  const statements: DeviceStatement[] = [];
  for (const capture of view.files(/^\/sys\/.*\/block\/|^\/sys\/(block|class\/block)\//)) {
    const match = /\/block\/([^/]+)\/(?:(\1[^/]*)\/)?([a-z_]+(?:\/[a-z_]+)?)$/.exec(capture.source);
    if (!match) continue;
    const [, disk = "", partition, attribute = ""] = match;
    const name = devicePath(partition ?? disk);
    const value = textOrNull(capture.text);
    if (value === null) continue;
    const evidence = evidenceOf(capture, null);
    const parents = partition === undefined ? [] : [devicePath(disk)];
    const kind = partition === undefined ? wholeKind(disk) : "partition";
    const claim = attributeClaim(attribute, value);
    if (claim)
      statements.push({
        name,
        claim: { kind, parents, ...claim },
        evidence: attribute === "size" ? evidence : null,
      });
  }
  statements.push(...fromListings(view));
  return statements;
}

function wholeKind(name: string): ReturnType<typeof kindFromName> {
  const kind = kindFromName(devicePath(name));
  return kind === "partition" ? "disk" : kind;
}

function attributeClaim(attribute: string, value: string): DeviceStatement["claim"] | null {
  const number = countOrNull(value);
  switch (attribute) {
    case "size":
      return number === null ? null : { size: { bytes: number * 512, isExact: true } };
    case "start":
      return number === null ? null : { partition: { startBytes: number * 512 } };
    case "partition":
      return number === null ? null : { partition: { number } };
    case "dev":
      return { majorMinor: value };
    case "ro":
      return { isReadOnly: value === "1" };
    case "removable":
      return { isRemovable: value === "1" };
    case "queue/logical_block_size":
      return { logicalSectorBytes: number };
    case "device/model":
      return { model: value };
    case "device/serial":
    case "serial":
      return { serial: value };
    case "dm/name":
      return { aliases: [`/dev/mapper/${value}`] };
    case "dm/uuid":
      return { kind: kindFromMapperUuid(value) };
    case "md/level":
      return { kind: "raid", layout: value };
    case "md/array_state":
      return { kind: "raid", state: value };
    default:
      return null;
  }
}

/** `ls /sys/block` lists disks; a listing of the `slaves` folders tells what lies on what. */
function fromListings(view: BundleView): readonly DeviceStatement[] {
  const statements: DeviceStatement[] = [];
  for (const command of view.commands("ls", "find", "echo")) {
    const listsBlock = command.args.some((arg) => /^\/sys\/(class\/)?block\/?$/.test(arg));
    for (const line of linesOf(command.output)) {
      const evidence = evidenceOf(command.output, line);
      for (const word of line.text.trim().split(/\s+/)) {
        const slave = /\/block\/([^/]+)\/slaves\/([^/]+)$/.exec(word);
        if (slave)
          statements.push({
            name: devicePath(slave[1] ?? ""),
            claim: { parents: [devicePath(slave[2] ?? "")] },
            evidence: null,
          });
        else if (listsBlock && /^[a-z][\w!:.-]*$/.test(word))
          statements.push({ name: devicePath(word), claim: { kind: wholeKind(word) }, evidence });
      }
    }
  }
  return statements;
}

/** `ls -l /dev/mapper`, `/dev/md`, `/dev/disk/by-…`: links from stable names to kernel names. */
export function parseDeviceLinks(view: BundleView): ReadonlyMap<string, string> {
  const links = new Map<string, string>();
  for (const command of view.commands("ls")) {
    const directory = command.args.find((arg) => arg.startsWith("/dev/"))?.replace(/\/+$/, "");
    let current = directory ?? "";
    for (const line of linesOf(command.output)) {
      const heading = /^(\/dev\/\S*):$/.exec(line.text);
      if (heading) current = heading[1] ?? current;
      const link = /\s(\S+) -> ((?:\.\.\/)*)(\S+)$/.exec(line.text);
      if (!link || current === "") continue;
      const from = link[1]?.startsWith("/")
        ? (link[1] ?? "")
        : `${current.replace(/\/\*.*$/, "")}/${link[1]}`;
      links.set(unescapeUdev(from), `/dev/${link[3]}`);
    }
  }
  return links;
}

function unescapeUdev(path: string): string {
  return path.replaceAll("\\x2f", "/").replaceAll("\\x20", " ");
}
