import { type Bundle, bundleLimits } from "../../common/domain/bundle.ts";
import type { Facts } from "../../common/domain/facts.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { decodeText } from "./decode.ts";
import { factsFromBundle } from "./facts-from-bundle.ts";

/** What a person may say of the text: a command line (`lsblk -J`) or a path (`/etc/os-release`). */
export interface TextHint {
  readonly command?: string;
  readonly path?: string;
  /** Name of the saved file, which often tells the tool. */
  readonly fileName?: string;
}

/** Shapes of what people paste, most particular first. A slash begins a file's path, anything else a command line. */
const shapes: readonly (readonly [RegExp, string])[] = [
  [/^\s*\{\s*"blockdevices"/, "lsblk --json"],
  [/^\s*\{\s*"filesystems"/, "findmnt --json"],
  [/^\s*\{\s*"partitiontable"/, "sfdisk --json"],
  [/^\s*\{\s*"report"\s*:/m, "lvm fullreport --reportformat json"],
  [/^\s*\{[\s\S]*"ansible_(facts|distribution)"/, "ansible"],
  [/^\s*\{[\s\S]*"(chef_packages|ohai_time|cloud_v2)"/, "ohai"],
  [/^\s*\{[\s\S]*"(facterversion|lsbdistid|kernelrelease)"/, "facter --json"],
  [/^(facterversion|lsbdistid|operatingsystem) => /m, "facter"],
  [/^K?NAME\s+.*\b(MAJ:MIN|FSTYPE|TYPE)\b|^NAME="[^"]*"\s/m, "lsblk"],
  [/^\/dev\/\S+: (?:[A-Z][A-Z0-9_]*="[^"]*"\s*)+$|^DEVNAME=\/dev\//m, "blkid"],
  [/^ID_FS_TYPE=|^P: \/devices\//m, "udevadm info"],
  [/^major minor\s+#blocks\s+name/m, "/proc/partitions"],
  [/^Personalities\s*:/m, "/proc/mdstat"],
  [/^MD_(LEVEL|DEVICES)=|^\/dev\/md\S*:\s*$|^\s*Raid Level : |^ARRAY \/dev\/md/m, "mdadm"],
  [/^\S+ (?:\([^)]+\) )?dm-\d+ \S+,[\s\S]*^\[?size=/m, "multipath -ll"],
  [
    /^BYT;|^(Model|Modell|Modèle|Modello|Modelo|モデル|型号|型號)\s?[:：].+\r?\n.*\/dev\/\S+?\s?[:：]|Partition Table: /m,
    "parted print",
  ],
  [/^GPT fdisk \(|^Partition table scan:|^Number\s+Start \(sector\)\s+End \(sector\)/m, "gdisk -l"],
  [/^(label: |# partition table of )|^\/dev\/\S+\s*: start=/m, "sfdisk --dump"],
  [
    /^\D{2,30}\/dev\/\S+\s?[:：].*\d+ (bytes|octets|байт|字节|バイト)|^\/dev\/\S+\s+\*?\s+\d+\s+\d+\s+\d+/m,
    "fdisk -l",
  ],
  [/^LVM2_PV_NAME|LVM2_PV_FMT=|^\s*PV\s+VG\s+Fmt/m, "pvs"],
  [/LVM2_LV_NAME=|^\s*LV\s+VG\s+Attr/m, "lvs"],
  [/LVM2_VG_NAME=|^\s*VG\s+#PV\s+#LV/m, "vgs"],
  [/^\s*--- (Physical|Logical) volume ---/m, "pvdisplay"],
  [/^\s*--- Volume group ---/m, "vgdisplay"],
  [/^\s*pool: \S+\n\s*(?:id|state): /m, "zpool status"],
  [/^Filename\s+Type\s+Size\s+Used/m, "/proc/swaps"],
  [/^\d+ \d+ \d+:\d+ \S+ \S+ .* - \S+ \S+ \S+$/m, "/proc/self/mountinfo"],
  [/^\S+ on \/\S* type \S+ \(/m, "mount"],
  [/^TARGET\s+SOURCE\s+FSTYPE/m, "findmnt"],
  [/^\S+ \/\S* \S+ (rw|ro)\S* \d+ \d+$/m, "/proc/mounts"],
  [/^(Filesystem|Sys\. de fichiers|Dateisystem|ファイルシ?ス|文件系统|檔案系統|Файловая).*\n.*\d+%/m, "df"],
  [
    /^(UUID|LABEL|PARTUUID)=\S+\s+\S+\s+\S+\s+\S+|^\/dev\/\S+\s+(\/\S*|none|swap)\s+\w+\s+\S+(\s+\d\s+\d)?$/m,
    "/etc/fstab",
  ],
  [/^(NAME|ID|PRETTY_NAME|VERSION_ID)=/m, "/etc/os-release"],
  [/^DISTRIB_(ID|RELEASE)=/m, "/etc/lsb-release"],
  [/^(Distributor ID|Description):\s/m, "lsb_release -a"],
  [/^\s*(Static hostname|Operating System): [\s\S]*^\s*(Kernel|Architecture): /m, "hostnamectl"],
  [/^Linux \S+ \d+\.\d+/m, "uname -a"],
  [/^MemTotal:\s+\d+ kB/m, "/proc/meminfo"],
  [/^Architecture:\s+\S+\n/m, "lscpu"],
  [/^processor\s*:\s*\d+/m, "/proc/cpuinfo"],
  [/^SUSE|^openSUSE[\s\S]*^VERSION =/m, "/etc/SuSE-release"],
  [/^\S.* release \d[\d.]*/m, "/etc/redhat-release"],
  [/^Number +Friendly Name +/m, "powershell Get-Disk"],
  [/^PartitionNumber +DriveLetter +Offset/m, "powershell Get-Partition"],
  [/^VolumeType\s+Mount\s+CapacityGB/m, "powershell Get-BitLockerVolume"],
  [/DISKPART>|^\s*-{6,}\s+-+\s+-+\s+-+(\s+-+\s+-+)?(\s+-+\s+-+)?\s*$/m, "diskpart"],
  [/\b[A-Z]: \[[^\]\n]*\]\r?\n(\[|\r?\n)[\s\S]*BitLocker[\s\S]*\s?%\s*$/m, "manage-bde -status"],
  [/HarddiskVolumeShadowCopy\d/i, "vssadmin list shadows"],
  [/[:：]\s*'[^'\n]+'\s*\n[^\n]*\{[0-9a-f-]{36}\}/i, "vssadmin list writers"],
  [/winload\.(exe|efi)|\\bootmgr|bootmgfw\.efi/i, "bcdedit"],
  [/\b\d{1,2}\.\d\.\d{3,5}\b[\s\S]*\b(x64|X86|ARM64|Itanium)\S* ?(?:-based)?[\s\S]{0,12}PC/i, "systeminfo"],
  [/\\Device\\HarddiskVolume\d/, "systeminfo"],
  [/\bWindows\b[^\n]*\n[^\n]*[:：]\s+\d{1,2}\.\d\.\d{3,5}\b/, "systeminfo"],
  [/Microsoft Windows \[/, "ver"],
  [/^\s*"?ProductName"?\s+REG_SZ|"ProductName"="/m, "reg query CurrentVersion"],
  [/^\s*(Host Name|.*[:：])[\s\S]*Physical Address[ .]*:|([0-9A-F]{2}-){5}[0-9A-F]{2}/, "ipconfig /all"],
  [/^\d{1,2}: \w+\S*: </m, "ip addr"],
];

/** The file or command that text looks like coming from; null where nothing fits. */
export function recognizeText(
  text: string,
  hint: TextHint = {},
): { readonly kind: "file" | "command"; readonly name: string } | null {
  if (hint.path !== undefined) return { kind: "file", name: hint.path };
  if (hint.command !== undefined) return { kind: "command", name: hint.command };
  const sample = text.slice(0, 32_768);
  for (const [pattern, name] of shapes)
    if (pattern.test(sample)) return { kind: name.startsWith("/") ? "file" : "command", name };
  if (
    /^\s*([A-Za-z]\w+=|[A-Za-z]\w+\s+: )/m.test(sample) ||
    /^\s*[[{]/.test(sample) ||
    /^\s*([A-Z]\w+ {2,})+[A-Z]\w* *\r*\n/.test(sample)
  )
    return { kind: "command", name: "wmic" };
  const named =
    hint.fileName === undefined
      ? null
      : /(os-release|fstab|crypttab|mdstat|partitions|debian_version|issue)$/.exec(hint.fileName);
  if (named)
    return {
      kind: "file",
      name: /mdstat|partitions/.test(named[1] ?? "") ? `/proc/${named[1]}` : `/etc/${named[1]}`,
    };
  if (/^\d+\.\d+$/.test(text.trim()) || /^\w+\/sid$/.test(text.trim()))
    return { kind: "file", name: "/etc/debian_version" };
  return null;
}

/**
 * Facts from pasted or saved output of one tool, in any encoding and language. Several outputs one after another may
 * be separated by shell prompts (`$ lsblk`, `# blkid`, `C:\>systeminfo`). `bundle-invalid` where the text is none of the
 * outputs known here.
 */
export function factsFromText(content: string | Uint8Array, hint: TextHint = {}): Result<Facts> {
  const name = hint.fileName ?? hint.command ?? hint.path ?? "pasted text";
  const size = typeof content === "string" ? content.length : content.byteLength;
  if (size > bundleLimits.textLength)
    return fail("bundle-invalid", told({ kind: "text-too-long", name, most: bundleLimits.textLength }), {
      file: name,
    });
  const text = typeof content === "string" ? content.replace(/^\ufeff/, "") : decodeText(content).text;
  const bundle: Bundle = {
    format: 1,
    collectedAt: null,
    collector: "pasted",
    platform: null,
    files: {},
    commands: {},
    unread: {},
  };
  for (const part of promptedParts(text, hint)) {
    const recognized = recognizeText(part.text, part.hint);
    if (!recognized) continue;
    if (recognized.kind === "file") bundle.files[recognized.name] = part.text;
    else bundle.commands[recognized.name] = { stdout: part.text, stderr: "", exitCode: null };
  }
  if (Object.keys(bundle.files).length + Object.keys(bundle.commands).length === 0) {
    return fail(
      "bundle-invalid",
      told({ kind: "output-of-no-tool", name }),
      { file: name, field: "" },
      told({ kind: "say-which-command" }),
    );
  }
  return ok(factsFromBundle(bundle));
}

const prompt =
  /^(?:[\w.@~:/ [\]()-]{0,60}[$#] ?|[A-Za-z]:\\[^>\n]*>\s?|PS [A-Za-z]:\\[^>\n]*>\s?)([a-z][\w./-]*(?: [^\n]*)?)$/gim;
const promptTools =
  /^(?:sudo )?(?:\/\S*\/)?(lsblk|blkid|fdisk|sfdisk|parted|pvs|vgs|lvs|df|mount|findmnt|uname|cat|mdadm|multipath|lsb_release|ip|ifconfig|systeminfo|wmic|diskpart|vssadmin|bcdedit|ver|ipconfig|powershell|Get-\w+|zpool|free|lscpu|hostnamectl|swapon|dmsetup|systemctl|getenforce)\b/i;

function promptedParts(
  text: string,
  hint: TextHint,
): readonly { readonly text: string; readonly hint: TextHint }[] {
  const prompts = [...text.matchAll(prompt)].filter((match) => promptTools.test(match[1] ?? ""));
  if (prompts.length === 0 || hint.command !== undefined || hint.path !== undefined) return [{ text, hint }];
  return prompts.slice(0, 500).map((match, index) => ({
    text: text
      .slice(match.index + match[0].length)
      .slice(0, (prompts[index + 1]?.index ?? Infinity) - match.index - match[0].length)
      .replace(/^\r?\n/, ""),
    hint: { command: match[1] ?? "" },
  }));
}
