import { readFile, rm, writeFile } from "node:fs/promises";
import { told } from "../../../common/domain/report-text/told.ts";
import { fail, FailureError } from "../../../common/result.ts";
import { applianceRoot } from "../appliance.ts";
import { shellWord, type GuestTree } from "../guest-tree.ts";
import {
  nothing,
  type ConversionStep,
  type GuestKernel,
  type LinuxGuest,
  type StepOutcome,
} from "../guest.ts";
import { initramfsNames, makeArchive, moduleName, type ArchiveFile } from "../initramfs.ts";

/** What a virtual machine's disks need before the root filesystem is there. */
const wanted = ["virtio_pci", "virtio_blk", "virtio_scsi"] as const;
/** Without one of these, no disk of a virtual machine is seen. */
const essential = ["virtio_pci", "virtio_blk"] as const;

/** Real ones have a tenth of these; a disk from outside may claim anything. */
const mostInitramfsBytes = 536_870_912;
const mostModuleBytes = 33_554_432;

/** Lines of modules.dep: module path to the paths that it depends on, all relative to the modules' folder. */
export function parseModulesDep(text: string): Map<string, { path: string; needs: string[] }> {
  const modules = new Map<string, { path: string; needs: string[] }>();
  for (const line of text.split("\n")) {
    const [path = "", needs = ""] = line.split(":");
    const name = moduleName(path);
    if (name !== null) modules.set(name, { path, needs: needs.split(" ").filter((each) => each !== "") });
  }
  return modules;
}

/** Wanted modules that neither the kernel nor the initramfs has. */
export function missingModules(kernel: Pick<GuestKernel, "builtin">, names: readonly string[]): string[] {
  const present = new Set(names.map(moduleName));
  return wanted.filter((module) => !kernel.builtin.has(module) && !present.has(module));
}

/**
 * Makes sure that the initramfs finds virtio disks. Missing modules are added to it as a further archive, which the
 * kernel unpacks over the first, in seconds; rebuilding it with the guest's own tools takes minutes without KVM. The
 * guest's configuration names the modules too, so that whatever it builds later has them.
 */
export const initramfsVirtio: ConversionStep = {
  id: "initramfs-virtio",
  applies: ({ kernels }) => kernels.length > 0,

  async run(guest, { report }): Promise<StepOutcome> {
    const kernel = guest.kernels[0];
    if (kernel === undefined) return nothing;
    if (wanted.every((module) => kernel.builtin.has(module))) return nothing;
    if (kernel.initramfsPath === null) {
      const lacking = missingModules(kernel, []);
      return {
        changes: [],
        notes: [told({ kind: "initramfs-absent", kernel: kernel.version, drivers: lacking })],
      };
    }
    report({ kind: "looking-into-initramfs", kernel: kernel.version });
    const names = await namesOf(guest, kernel.initramfsPath);
    const missing = missingModules(kernel, names);
    if (missing.length === 0) return nothing;

    const directory = `/lib/modules/${kernel.version}`;
    const available = parseModulesDep(
      await guest.appliance.shell(
        `grep virtio ${shellWord(`${applianceRoot}${directory}/modules.dep`)} || true`,
      ),
    );
    const addable = missing.filter((module) => available.has(module));
    const hopeless = missing.filter((module) => !available.has(module));
    if (essential.some((module) => hopeless.includes(module))) {
      return {
        changes: [],
        notes: [told({ kind: "kernel-without-drivers", kernel: kernel.version, drivers: hopeless })],
      };
    }
    if (addable.length === 0) return nothing;
    report({ kind: "adding-drivers", drivers: addable });
    const files = await modulesToAdd(guest, directory, names, available, addable);
    await append(guest, kernel.initramfsPath, makeArchive(files));
    persist(guest);
    return {
      changes: [
        {
          ...told({ kind: "initramfs-drivers", kernel: kernel.version, drivers: addable }),
          files: [kernel.initramfsPath],
        },
      ],
    };
  },
};

/** All names in an initramfs; the guest's own lister where its compression is not known here. */
async function namesOf({ appliance, scratchPath, tree }: LinuxGuest, path: string): Promise<string[]> {
  await appliance.download(path, scratchPath, mostInitramfsBytes);
  const image = await readFile(scratchPath);
  await rm(scratchPath, { force: true });
  const names = initramfsNames(image);
  if (names !== null) return names;
  const lister = hasInitramfsTools(tree) ? "lsinitramfs" : "lsinitrd";
  const listed = await appliance.must("sh", `${lister} ${shellWord(path)}`);
  // lsinitrd lists as `ls -l` does.
  return listed.split("\n").map((line) => line.split(" ").at(-1) ?? "");
}

async function modulesToAdd(
  { appliance, scratchPath }: LinuxGuest,
  directory: string,
  names: readonly string[],
  available: ReturnType<typeof parseModulesDep>,
  addable: readonly string[],
): Promise<ArchiveFile[]> {
  // The same folder as the modules that are there: another name for it may be a symbolic link, which unpacking breaks.
  const version = directory.split("/").at(-1) ?? "";
  const place = names
    .map((name) => /^(.*lib\/modules\/[^/]+)\//.exec(name)?.[1])
    .find((found) => found?.endsWith(version));
  const prefix = place ?? `usr/lib/modules/${version}`;
  const paths = new Set<string>();
  for (const module of addable) {
    const { path = "", needs = [] } = available.get(module) ?? {};
    for (const each of [path, ...needs]) paths.add(each);
  }
  for (const index of ["modules.dep", "modules.dep.bin", "modules.alias", "modules.alias.bin"])
    paths.add(index);
  const files: ArchiveFile[] = [];
  for (const path of paths) {
    await appliance.download(`${directory}/${path}`, scratchPath, mostModuleBytes);
    files.push({ path: `${prefix}/${path}`, content: await readFile(scratchPath) });
  }
  await rm(scratchPath, { force: true });
  return files;
}

async function append({ appliance, scratchPath }: LinuxGuest, path: string, archive: Buffer): Promise<void> {
  const size = Number((await appliance.must("filesize", path)).trim());
  const folder = shellWord(`${applianceRoot}${path.slice(0, path.lastIndexOf("/"))}`);
  const free = Number((await appliance.shell(`df -B1 --output=avail ${folder} | tail -1`)).trim());
  if (free < archive.length + 65_536) {
    throw new FailureError(
      fail(
        "conversion-failed",
        told({ kind: "no-room-in-boot" }),
        { path, freeBytes: free, neededBytes: archive.length },
        told({ kind: "free-room-in-boot" }),
      ).failure,
    );
  }
  await writeFile(scratchPath, archive, { mode: 0o600 });
  await appliance.must("upload-offset", scratchPath, path, String(Math.ceil(size / 4) * 4));
  await rm(scratchPath, { force: true });
}

/** Debian's own maker of initramfs; everything else has dracut, Debian by choice. */
const hasInitramfsTools = (tree: GuestTree): boolean => tree.has("/etc/initramfs-tools/initramfs.conf");

/** What the guest builds by itself later has the drivers as well. */
function persist({ tree }: LinuxGuest): void {
  if (hasInitramfsTools(tree)) {
    const path = "/etc/initramfs-tools/modules";
    const text = tree.text(path) ?? "";
    const lines = wanted.filter((module) => !new RegExp(`^${module}\\b`, "m").test(text));
    if (lines.length > 0) tree.write(path, `${text.trimEnd()}\n${lines.join("\n")}\n`);
    return;
  }
  tree.write("/etc/dracut.conf.d/90-sma-virtio.conf", `add_drivers+=" ${wanted.join(" ")} "\n`);
}
