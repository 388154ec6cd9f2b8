import { applianceRoot, type Appliance } from "./appliance.ts";

const markPath = "/tmp/sma-began";

/** Remembers, in the appliance, when changing began. */
export async function markTime(appliance: Appliance): Promise<void> {
  // A change in the same tick of the clock would not be newer.
  await appliance.shell(`touch ${markPath} && sleep 0.05`);
}

/** Every file of the mounted filesystems whose contents or properties changed since {@link markTime}, by their change times. */
export async function changedFiles(appliance: Appliance): Promise<string[]> {
  const prune = ["dev", "proc", "sys"].map((name) => `-path ${applianceRoot}/${name} -prune -o`).join(" ");
  const found = await appliance.shell(
    `find ${applianceRoot} ${prune} ! -type d -cnewer ${markPath} -print | head -n 5000`,
  );
  return found
    .split("\n")
    .filter((line) => line.startsWith(`${applianceRoot}/`))
    .map((line) => line.slice(applianceRoot.length))
    .toSorted();
}
