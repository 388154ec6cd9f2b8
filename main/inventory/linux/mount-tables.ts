import type { CrypttabEntry, FstabEntry, Gap, Mount, Swap } from "../../../common/domain/facts.ts";
import {
  type Capture,
  countOrNull,
  evidenceOf,
  jsonIn,
  linesOf,
  objectOf,
  objectsIn,
  scalarText,
} from "../capture.ts";
import { withoutSecrets } from "../secrets.ts";
import { parseSize } from "../sizes.ts";

const networkTypes =
  /^(nfs\d?|cifs|smb3?|smbfs|smb2|ncpfs?|afs|ceph|glusterfs|fuse\.(sshfs|glusterfs|ceph(-fuse)?|s3fs|rclone|davfs|curlftpfs|moosefs|mfs)|sshfs|davfs2?|9p|gfs2?|ocfs2|lustre|beegfs|orangefs|pvfs2|coda|gpfs|virtiofs)$/;

/** True for filesystems that another machine serves, by their type or by how their source is named. */
function isNetworkMount(what: string, type: string, options: readonly string[]): boolean {
  if (networkTypes.test(type)) return true;
  // fstab's older form names FUSE's program before a number sign: `sshfs#user@host:/dir`.
  if (/^(sshfs|s3fs|curlftpfs|davfs2?|glusterfs)#/.test(what)) return true;
  if (/^(proc|sysfs|tmpfs|devtmpfs|cgroup2?|autofs|overlay|squashfs)$/.test(type)) return false;
  return (
    /^\/\/[^/]+\/|^\\\\|^[A-Za-z0-9_.[\]-]+:\/(?!\/)/.test(what) ||
    (options.includes("_netdev") && !what.startsWith("/dev/") && !/^(UUID|LABEL)=/.test(what))
  );
}

/** fstab's, mtab's and /proc/mounts' octal escapes: `\040` is a blank. */
function unescapeOctal(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/(?:\\[0-7]{3})+/g, (run) => {
    const bytes = run
      .slice(1)
      .split("\\")
      .map((digits) => Number.parseInt(digits, 8) & 0xff);
    return new TextDecoder().decode(Uint8Array.from(bytes));
  });
}

function namedBy(what: string, type: string, isNetwork: boolean): FstabEntry["namedBy"] {
  const tag = /^([A-Z]+)=/.exec(what)?.[1];
  if (tag === "UUID") return "uuid";
  if (tag === "LABEL") return "label";
  if (tag === "PARTUUID") return "partuuid";
  if (tag === "PARTLABEL") return "partlabel";
  if (isNetwork) return "network";
  const link = /^\/dev\/disk\/(by-[a-z]+)\//.exec(what)?.[1];
  if (link === "by-uuid" || link === "by-label" || link === "by-id" || link === "by-path") return link;
  if (link === "by-partuuid") return "partuuid";
  if (link === "by-partlabel") return "partlabel";
  if (/^\/dev\/mapper\//.test(what)) return "mapper";
  if (
    /^\/dev\/(sd|hd|vd|xvd|nvme|mmcblk|dasd|md|cciss|sr|scd|fd|cdrom|floppy|ram|zram|loop|bcache|dm-|nbd|rbd)/.test(
      what,
    )
  )
    return "path";
  // /dev/vg/lv is as stable as its mapper name.
  if (/^\/dev\/[^/]+\/[^/]+$/.test(what)) return "mapper";
  if (what.startsWith("/dev/")) return "path";
  if (
    /^(none|proc|sysfs|tmpfs|devpts|devtmpfs|shm|usbfs|cgroup|debugfs|securityfs|nodev|udev|swap)$/.test(
      what,
    ) ||
    /^(proc|sysfs|tmpfs|devpts|cgroup2?|overlay)$/.test(type)
  )
    return "pseudo";
  return what.startsWith("/") ? "file" : "other";
}

/** fstab(5). A line with too few or too many fields is skipped and told as a gap. */
export function parseFstab(capture: Capture): {
  readonly entries: readonly FstabEntry[];
  readonly gaps: readonly Gap[];
} {
  const entries: FstabEntry[] = [];
  const gaps: Gap[] = [];
  for (const line of linesOf(capture)) {
    const text = line.text.trim();
    if (text === "" || text.startsWith("#")) continue;
    const words = text.split(/[ \t]+/);
    const comment = words.findIndex((word, index) => index >= 3 && word.startsWith("#"));
    const fields = (comment < 0 ? words : words.slice(0, comment)).map(unescapeOctal);
    const [rawWhat = "", where = "", type = "", rawOptions = "defaults"] = fields;
    const tail = fields.slice(4);
    if (fields.length < 3 || fields.length > 6 || tail.some((field) => !/^\d+$/.test(field))) {
      gaps.push({
        what: capture.source,
        reason: "malformed",
        detail: `line ${line.number}: ${text.slice(0, 120)}`,
      });
      continue;
    }
    const options = withoutSecrets(rawOptions)
      .split(",")
      .filter((option) => option !== "");
    const what = withoutSecrets(rawWhat.replace(/^([A-Z]+)="(.*)"$/, "$1=$2"));
    const isNetwork = isNetworkMount(what, type, options);
    entries.push({
      what,
      namedBy: namedBy(what, type, isNetwork),
      where,
      type,
      options,
      isNetwork,
      evidence: [redacted(evidenceOf(capture, line))],
    });
  }
  return { entries, gaps };
}

/** crypttab(5). The third field is kept only where it is a path or a keyword: it may hold no key. */
export function parseCrypttab(capture: Capture): readonly CrypttabEntry[] {
  return linesOf(capture).flatMap((line) => {
    const text = line.text.trim();
    if (text === "" || text.startsWith("#")) return [];
    const [name = "", device = "", key, options] = text.split(/[ \t]+/);
    if (device === "") return [];
    const keyFile =
      key === undefined || key === "-" ? null : /^(none|\/|[A-Z]+=)/.test(key) ? key : "[removed]";
    const entry: CrypttabEntry = {
      name,
      device,
      keyFile,
      options: options === undefined || options === "-" ? [] : options.split(","),
      evidence: [evidenceOf(capture, line)],
    };
    return [
      keyFile === "[removed]"
        ? {
            ...entry,
            evidence: [
              {
                ...entry.evidence[0],
                source: capture.source,
                line: line.number,
                text: `${name} ${device} [removed]`,
              },
            ],
          }
        : entry,
    ];
  });
}

/**
 * The mount table: /proc/self/mountinfo, /proc/mounts, /etc/mtab, mount(8), findmnt (table, -l, -P, -J).
 * Block device ids are left to the caller.
 */
export function parseMounts(capture: Capture): readonly Mount[] {
  const json = objectOf(jsonIn(capture.text));
  if (json && Array.isArray(json["filesystems"])) return fromFindmntJson(capture, json["filesystems"], 0);
  const isFindmnt = /^TARGET\s+SOURCE\s+FSTYPE/m.test(capture.text);
  return linesOf(capture).flatMap((line) => {
    const evidence = redacted(evidenceOf(capture, line));
    const text = line.text;
    const mountinfo = /^\d+ \d+ \d+:\d+ (\S+) (\S+) (\S+)(?: \S+)*? - (\S+) (.*) (\S+)$/.exec(text);
    if (mountinfo) {
      return [
        mount(
          unescapeOctal(mountinfo[5] ?? ""),
          unescapeOctal(mountinfo[2] ?? ""),
          mountinfo[4] ?? "",
          `${mountinfo[3]},${mountinfo[6]}`,
          evidence,
        ),
      ];
    }
    const printed = /^(.+?) on (\/.*?) type (\S+)(?: \((.*)\))?(?: \[.*\])?$/.exec(text);
    if (printed)
      return [mount(printed[1] ?? "", printed[2] ?? "", printed[3] ?? "", printed[4] ?? "", evidence)];
    if (isFindmnt) {
      const found = /^[\s│├└─|`-]*(\/\S*)\s+(\S+)\s+([\w.]+)\s+(\S+)\s*$/.exec(text);
      return found ? [mount(found[2] ?? "", found[1] ?? "", found[3] ?? "", found[4] ?? "", evidence)] : [];
    }
    const pairs = /TARGET="(.*?)" SOURCE="(.*?)" FSTYPE="(.*?)" OPTIONS="(.*?)"/.exec(text);
    if (pairs) return [mount(pairs[2] ?? "", pairs[1] ?? "", pairs[3] ?? "", pairs[4] ?? "", evidence)];
    const table = /^(\S+) (\/\S*) (\S+) (\S+) \d+ \d+\s*$/.exec(text);
    return table
      ? [
          mount(
            unescapeOctal(table[1] ?? ""),
            unescapeOctal(table[2] ?? ""),
            table[3] ?? "",
            table[4] ?? "",
            evidence,
          ),
        ]
      : [];
  });
}

function fromFindmntJson(capture: Capture, list: unknown, depth: number): readonly Mount[] {
  if (depth > 16) return [];
  return objectsIn(list).flatMap((entry) => {
    const source = scalarText(entry["source"]) ?? "";
    const target = scalarText(entry["target"]) ?? "";
    const own =
      target === ""
        ? []
        : [
            mount(source, target, scalarText(entry["fstype"]) ?? "", scalarText(entry["options"]) ?? "", {
              source: capture.source,
              line: null,
              text: `${source} ${target}`,
            }),
          ];
    return [...own, ...fromFindmntJson(capture, entry["children"], depth + 1)];
  });
}

function mount(
  rawWhat: string,
  where: string,
  type: string,
  rawOptions: string,
  evidence: Mount["evidence"][number],
): Mount {
  // findmnt and mountinfo mark bind mounts and subvolumes: /dev/sda2[/subvolume].
  const what = withoutSecrets(rawWhat.replace(/^(\/dev\/[^[]+)\[.*\]$/, "$1"));
  const options = [
    ...new Set(
      withoutSecrets(rawOptions)
        .split(",")
        .filter((option) => option !== ""),
    ),
  ];
  return {
    what,
    where,
    type,
    options,
    device: null,
    isNetwork: isNetworkMount(what, type, options),
    usage: null,
    evidence: [evidence],
  };
}

/** /proc/swaps, `swapon -s`, `swapon --show`. Sizes without unit are KiB. */
export function parseSwaps(capture: Capture): readonly Swap[] {
  const isShow = /^NAME\s+TYPE\s+SIZE/m.test(capture.text);
  return linesOf(capture).flatMap((line) => {
    const match = /^(\S+)\s+(partition|file|\S+)\s+(\d[\d.]*[KMGTB]?)\s+(\d[\d.]*[KMGTB]?)\s+-?\d+\s*$/.exec(
      line.text.trim(),
    );
    if (!match) return [];
    const path = unescapeOctal(match[1] ?? "");
    const size = (text: string): number | null =>
      isShow ? (parseSize(text)?.bytes ?? null) : (countOrNull(text) ?? 0) * 1024;
    const swap: Swap = {
      path,
      kind: /\/zram\d+$/.test(path) ? "zram" : match[2] === "file" ? "file" : "partition",
      sizeBytes: size(match[3] ?? ""),
      usedBytes: size(match[4] ?? ""),
      isActive: true,
      evidence: [evidenceOf(capture, line)],
    };
    return [swap];
  });
}

function redacted<T extends { readonly text: string }>(evidence: T): T {
  return { ...evidence, text: withoutSecrets(evidence.text) };
}
