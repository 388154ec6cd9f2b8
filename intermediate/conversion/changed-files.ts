import { applianceRoot, type Appliance } from "./appliance.ts";
import { shellWord } from "./guest-tree.ts";

const markPath = "/tmp/sma-began";
const namesPath = "/tmp/sma-names";

/** Where the steps and the system's tools remove anything. All of a server may be millions of files. */
const watchedFolders = ["boot", "efi", "etc", "var/lib/dbus"];
const listNames = `find ${watchedFolders.map((name) => `${applianceRoot}/${name}`).join(" ")} ! -type d 2>/dev/null | sort -u`;

/** A list that is longer than this would be read by nobody. */
const mostFiles = 5_000;

/** Remembers, in the appliance, when changing began and what there was. */
export async function markTime(appliance: Appliance): Promise<void> {
  // A change in the same tick of the clock would not be newer.
  await appliance.shell(`export LC_ALL=C; ${listNames} > ${namesPath}; touch ${markPath} && sleep 0.05`);
}

/**
 * Every file of the mounted filesystems whose contents or properties changed since {@link markTime}, by their change
 * times, and every file of the watched folders that is no longer there.
 */
export async function changedFiles(appliance: Appliance): Promise<string[]> {
  const prune = ["dev", "proc", "sys"].map((name) => `-path ${applianceRoot}/${name} -prune -o`).join(" ");
  const found = await appliance.shell(
    `export LC_ALL=C; { find ${applianceRoot} ${prune} ! -type d -cnewer ${markPath} -print; ${listNames} | comm -23 ${namesPath} -; } | sort -u | head -n ${mostFiles}`,
  );
  return found
    .split("\n")
    .filter((line) => line.startsWith(`${applianceRoot}/`))
    .map((line) => line.slice(applianceRoot.length));
}

const labelList = "/.sma-to-label";

/**
 * Gives every file and folder that changed since {@link markTime} the SELinux label that the guest's policy has for it,
 * by the guest's own setfiles. False where that is not possible. FAT has no labels.
 */
export async function labelChanged(appliance: Appliance, policy: string): Promise<boolean> {
  const prune = ["dev", "proc", "sys"].map((name) => `-path ${applianceRoot}/${name} -prune -o`).join(" ");
  await appliance.shell(
    `cd ${applianceRoot} && find . ${prune.replaceAll(applianceRoot, ".")} -fstype vfat -prune -o -cnewer ${markPath} -printf '/%P\\0' > .${labelList}`,
  );
  const rules = shellWord(`/etc/selinux/${policy}/contexts/files/file_contexts`);
  const labelled = await appliance.command("sh", `setfiles -F -0 -f ${labelList} ${rules} 2>&1`);
  await appliance.must("rm-f", labelList);
  return labelled.ok;
}
