import type {
  BootImagesFacts,
  BootLoaderFacts,
  DriverPresence,
  Evidence,
} from "../../../common/domain/facts.ts";
import type { BundleView, CommandCapture } from "../bundle-view.ts";
import { type Capture, evidenceOf, linesOf } from "../capture.ts";
import { withoutSecrets } from "../secrets.ts";
import { firstMatch } from "./machine-facts.ts";
import { catOf } from "./storage-facts.ts";

/** Names of packages and of `--version` outputs to boot loaders, the ones that own the boot sector first. */
const packages: readonly (readonly [RegExp, NonNullable<BootLoaderFacts["kind"]>])[] = [
  [
    /^(grub2|grub2-pc|grub2-common|grub2-tools|grub2-efi\S*|grub2-x86_64-efi|grub2-i386-pc|grub-pc|grub-pc-bin|grub-efi\S*|grub-common)$/,
    "grub2",
  ],
  [/^(grub|grub-legacy)$/, "grub-legacy"],
  [/^lilo$/, "lilo"],
  [/^elilo$/, "elilo"],
  [/^(syslinux|extlinux)$/, "syslinux"],
  [/^s390-tools$/, "zipl"],
];

export function linuxBootLoader(view: BundleView): BootLoaderFacts {
  const commandLine = view.file("/proc/cmdline") ?? catOf(view, "/proc/cmdline");
  const kernelCommandLine = commandLine ? withoutSecrets(commandLine.text.trim()) : null;
  const found = fromVersionOutput(view) ?? fromPackages(view) ?? fromFiles(view);
  return {
    kind: found?.kind ?? null,
    version: found?.version ?? null,
    kernelCommandLine,
    evidence: found ? [found.evidence] : [],
  };
}

interface Loader {
  readonly kind: NonNullable<BootLoaderFacts["kind"]>;
  readonly version: string | null;
  readonly evidence: Evidence;
}

function fromVersionOutput(view: BundleView): Loader | null {
  for (const command of view.commands(
    "grub2-install",
    "grub-install",
    "grub2-mkconfig",
    "grub-mkconfig",
    "grub",
  )) {
    const match = firstMatch(command.output, /\((?:GNU )?GRUB\)?\s*\)?\s*(\d[^\s)]*)/);
    if (!match) continue;
    return {
      kind: match.value.startsWith("0.") ? "grub-legacy" : "grub2",
      version: match.value,
      evidence: match.evidence,
    };
  }
  return null;
}

function fromPackages(view: BundleView): Loader | null {
  const installed: { name: string; version: string; evidence: Evidence }[] = [];
  for (const command of view.commands("rpm", "dpkg-query", "dpkg", "equery", "qlist")) {
    for (const line of linesOf(command.output)) {
      const pair =
        /^(?:ii\s+)?([a-z][a-z0-9+.-]*)(?::\w+)?[\s|=]+(?:ii\s+|install ok installed\s+)?(\d[\w.~+:-]*)/.exec(
          line.text,
        ) ?? /^([a-z][a-z0-9-]*?)-(\d[\w.~+]*)-[\w.~+]+$/.exec(line.text.trim());
      if (pair)
        installed.push({
          name: pair[1] ?? "",
          version: (pair[2] ?? "").replace(/^\d+:/, ""),
          evidence: evidenceOf(command.output, line),
        });
    }
  }
  for (const [pattern, kind] of packages) {
    const found = installed.find((entry) => pattern.test(entry.name));
    // Debian's package called grub was 0.97 before wheezy and 2.x after.
    if (found)
      return {
        kind: kind === "grub-legacy" && !found.version.startsWith("0.") ? "grub2" : kind,
        version: found.version.replace(/-.*$/, ""),
        evidence: found.evidence,
      };
  }
  return null;
}

/** Configuration files that only one loader has, seen as files or in listings. */
function fromFiles(view: BundleView): Loader | null {
  const marks: readonly (readonly [RegExp, NonNullable<BootLoaderFacts["kind"]>])[] = [
    [/^\/boot\/grub2?\/(grub\.cfg|i386-pc|x86_64-efi)/, "grub2"],
    [/^\/boot\/loader\/loader\.conf$|^\/(boot\/)?efi\/loader\/loader\.conf$/, "systemd-boot"],
    [/^\/boot\/grub\/(menu\.lst|grub\.conf|stage2)$/, "grub-legacy"],
    [/^\/etc\/lilo\.conf$/, "lilo"],
    [/^\/etc\/elilo\.conf$/, "elilo"],
    [/^\/etc\/zipl\.conf$/, "zipl"],
    [/^\/boot\/(extlinux|syslinux)\//, "syslinux"],
    [/^\/etc\/default\/grub$/, "grub2"],
  ];
  const seen: { path: string; evidence: Evidence }[] = Object.keys(view.bundle.files).map((path) => ({
    path,
    evidence: { source: path, line: null, text: path },
  }));
  for (const listing of listings(view))
    seen.push(
      ...listing.entries.map((path) => ({
        path,
        evidence: { source: listing.source, line: null, text: path },
      })),
    );
  for (const [pattern, kind] of marks) {
    const found = seen.find((entry) => pattern.test(entry.path));
    if (found) return { kind, version: null, evidence: found.evidence };
  }
  return null;
}

interface Listing {
  readonly source: string;
  readonly entries: readonly string[];
}

/** Paths that ls printed, plain or long, with `DIR:` headings, and that find printed. */
function listings(view: BundleView): readonly Listing[] {
  return view.commands("ls", "find").map((command) => {
    const directory =
      command.args
        .filter((arg) => arg.startsWith("/"))
        .at(0)
        ?.replace(/\/+$/, "") ?? "";
    let current = directory;
    const entries: string[] = [];
    for (const line of linesOf(command.output)) {
      const heading = /^(\/\S*):$/.exec(line.text.trim());
      if (heading) {
        current = (heading[1] ?? "").replace(/\/+$/, "");
        continue;
      }
      const long =
        /^[-dlbcsp][rwxsStT-]{9}\S*\s+\d+\s+\S+\s+\S+\s+[\d,]+(?:\s*\d+)?\s+\S+\s+\S+\s+(?:\S+\s+)?(\/?\S+)(?: -> \S+)?$/.exec(
          line.text,
        );
      const name = long?.[1] ?? (/^\S+$/.test(line.text.trim()) ? line.text.trim() : null);
      if (name !== null && name !== "") entries.push(name.startsWith("/") ? name : `${current}/${name}`);
    }
    return { source: command.commandLine, entries };
  });
}

const kernelFile = /^(?:vmlinuz|vmlinux|bzImage|kernel|linux|Image)-(.+)$/;
const initramfsFile =
  /^(?:initrd\.img-(.+)|initramfs-(.+?)\.img|initrd-(.+?)(?:\.img)?|initramfs-genkernel-\w+-(.+))$/;

export function linuxBootImages(view: BundleView, runningKernel: string | null): BootImagesFacts {
  const evidence: Evidence[] = [];
  const kernels = new Map<string, { kernelPath: string | null; initramfsPath: string | null }>();
  let bootDirectoryListed = false;
  for (const listing of listings(view)) {
    const inBoot = listing.entries.filter((path) => /^\/boot\/[^/]+$/.test(path));
    if (inBoot.length === 0) continue;
    bootDirectoryListed = true;
    evidence.push({ source: listing.source, line: null, text: inBoot.slice(0, 8).join(" ") });
    for (const path of inBoot) {
      const name = path.slice("/boot/".length);
      if (/rescue|kdump|\.old$|\.bak$|\.hmac$|fallback|xen-\d|memtest|debug$/.test(name)) continue;
      const kernel = kernelFile.exec(name)?.[1];
      const initramfs = initramfsFile
        .exec(name)
        ?.slice(1)
        .find((part) => part !== undefined);
      const version = kernel ?? initramfs;
      if (version === undefined) continue;
      const entry = kernels.get(version) ?? { kernelPath: null, initramfsPath: null };
      if (kernel !== undefined) entry.kernelPath = path;
      else entry.initramfsPath = path;
      kernels.set(version, entry);
    }
  }
  const contents = initramfsContents(view);
  const images = [...kernels]
    .filter(([, entry]) => entry.kernelPath !== null)
    .map(([kernel, entry]) => {
      const listed =
        contents.find((candidate) => candidate.path === entry.initramfsPath) ??
        (kernel === runningKernel
          ? contents.find((candidate) => candidate.path === null || candidate.path.includes(kernel))
          : undefined);
      return {
        kernel,
        ...entry,
        hasVirtioBlock: listed ? /virtio[-_]blk/.test(listed.text) : null,
        hasVirtioPci: listed ? /virtio[-_]pci/.test(listed.text) : null,
        isRunning: runningKernel === null ? null : kernel === runningKernel,
      };
    });
  const running =
    images.find((image) => image.isRunning === true) ?? (images.length === 1 ? images[0] : undefined);
  for (const content of contents) evidence.push(content.evidence);
  return {
    tool: toolOf(view),
    images,
    bootDirectoryListed,
    virtioBlock: presence(view, "virtio_blk", "CONFIG_VIRTIO_BLK", running?.hasVirtioBlock ?? null, evidence),
    virtioScsi: presence(view, "virtio_scsi", "CONFIG_SCSI_VIRTIO", null, evidence),
    virtioNet: presence(view, "virtio_net", "CONFIG_VIRTIO_NET", null, evidence),
    evidence,
  };
}

/** lsinitramfs, lsinitrd, or `zcat … | cpio -t`; also when it was filtered to what matters. */
function initramfsContents(
  view: BundleView,
): readonly { readonly path: string | null; readonly text: string; readonly evidence: Evidence }[] {
  return view.commands("lsinitramfs", "lsinitrd", "lsinitcpio", "cpio").flatMap((command) => {
    const isListed =
      command.exitCode === 0 ||
      command.exitCode === null ||
      command.exitCode === 1 ||
      command.output.text.trim() !== "";
    // grep finds nothing in an image without virtio: exit 1 and no output, but the collector then writes a marker.
    if (!isListed || command.output.text.trim() === "") return [];
    const path = command.args.find((arg) => arg.startsWith("/")) ?? null;
    const line = linesOf(command.output).find((candidate) => /virtio/.test(candidate.text)) ?? null;
    return [{ path, text: command.output.text, evidence: evidenceOf(command.output, line) }];
  });
}

function presence(
  view: BundleView,
  module: string,
  option: string,
  inInitramfs: boolean | null,
  evidence: Evidence[],
): DriverPresence | null {
  const kernel = view
    .commands("uname")
    .flatMap((command) => /\b\d+\.\d+\.\d+\S*/.exec(command.output.text)?.[0] ?? [])[0];
  const configs = view.files(/^\/boot\/config-|^\/proc\/config/);
  const config =
    configs.find((capture) => kernel !== undefined && capture.source.endsWith(kernel)) ??
    (configs.length === 1 ? configs[0] : undefined);
  const set = firstMatch(config ?? null, new RegExp(`^${option}=([ym])`));
  if (set?.value === "y") {
    evidence.push(set.evidence);
    return "built-in";
  }
  if (inInitramfs === true) return "initramfs";
  const modulePattern = new RegExp(`/${module}\\.ko|^${module}\\b`);
  const loaded = firstMatch(view.file("/proc/modules"), new RegExp(`^(${module}) `));
  if (loaded) {
    evidence.push(loaded.evidence);
    return "module";
  }
  const lists = moduleLists(view);
  for (const capture of lists) {
    const line = linesOf(capture).find((candidate) => modulePattern.test(candidate.text.trim()));
    if (!line) continue;
    evidence.push(evidenceOf(capture, line));
    return /builtin/.test(capture.source) ? "built-in" : "module";
  }
  if (set?.value === "m") {
    evidence.push(set.evidence);
    return "module";
  }
  const unset = firstMatch(config ?? null, new RegExp(`^# (${option}) is not set`));
  if (unset) {
    evidence.push(unset.evidence);
    return "absent";
  }
  // Absent only where both the modules on disk and what is built in could be looked through.
  const searched = view
    .commands("find")
    .some(
      (command) =>
        command.exitCode === 0 &&
        command.args.some((arg) => arg.startsWith("/lib/modules")) &&
        command.args.some((arg) => /virtio/.test(arg)),
    );
  const knowsBuiltIns =
    config !== undefined || lists.some((capture) => /modules\.builtin$/.test(capture.source));
  return searched && knowsBuiltIns ? "absent" : null;
}

/** Commands and files that list the running kernel's modules. */
function moduleLists(view: BundleView): readonly Capture[] {
  const isModuleList = (command: CommandCapture): boolean =>
    command.args.some((arg) => arg.startsWith("/lib/modules"));
  return [
    ...view.files(/^\/lib\/modules\/[^/]+\/modules\.(builtin|dep)$/),
    ...view
      .commands("find", "ls", "grep")
      .filter(isModuleList)
      .map((command) => command.output),
    ...view.commands("lsmod").map((command) => command.output),
  ];
}

function toolOf(view: BundleView): BootImagesFacts["tool"] {
  const paths = [...Object.keys(view.bundle.files), ...listings(view).flatMap((listing) => listing.entries)];
  const has = (pattern: RegExp): boolean => paths.some((path) => pattern.test(path));
  const runs = (tool: string): boolean =>
    view.commands(tool).some((command) => command.exitCode === 0 || command.exitCode === null);
  if (runs("dracut") || has(/^\/etc\/dracut\.conf/)) return "dracut";
  if (has(/^\/etc\/initramfs-tools\//) || runs("update-initramfs") || runs("lsinitramfs"))
    return "initramfs-tools";
  if (has(/^\/etc\/mkinitcpio\.conf/)) return "mkinitcpio";
  if (has(/^\/etc\/genkernel\.conf/)) return "genkernel";
  if (has(/^\/etc\/booster\.yaml/)) return "booster";
  if (has(/^\/(s?bin|usr\/s?bin)\/mkinitrd$/) || runs("mkinitrd") || has(/^\/etc\/sysconfig\/mkinitrd/))
    return "mkinitrd";
  return null;
}
