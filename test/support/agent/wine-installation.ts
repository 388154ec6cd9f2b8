/** The wines of this machine: which there are, and empty prefixes of theirs, made once and copied for each test. */
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../../../scripts/cache-folder.ts";
import { wine32BitFolder } from "../../../scripts/setup/wine-32-bit.ts";

export type WineMachine = "x86_64" | "i686";

export interface WineInstallation {
  readonly machine: WineMachine;
  readonly loader: string;
  readonly server: string;
  /** What every program of it must find in its environment, beside the prefix. */
  readonly environment: NodeJS.ProcessEnv;
}

const tree = await wine32BitFolder(process.env);

const installations: Readonly<Record<WineMachine, WineInstallation>> = {
  x86_64: {
    machine: "x86_64",
    loader: "/usr/bin/wine",
    server: "/usr/bin/wineserver",
    environment: { WINEARCH: "win64", WINEDEBUG: "-all", DISPLAY: "" },
  },
  i686: {
    machine: "i686",
    loader: join(tree ?? "/", "usr/lib/wine/wine"),
    server: join(tree ?? "/", "usr/lib/wine/wineserver"),
    environment: {
      WINEARCH: "win32",
      WINEDEBUG: "-all",
      DISPLAY: "",
      // Without fonts and a display it could only be started again and again.
      WINEDLLOVERRIDES: "explorer.exe,winemenubuilder.exe=d",
    },
  },
};

/** Why programs of Windows for this machine cannot run here; null where they can. */
export function wineObstacle(machine: WineMachine): string | null {
  const { loader } = installations[machine];
  if (existsSync(loader) && (machine === "x86_64" || tree !== null)) return null;
  return machine === "x86_64"
    ? "wine is not installed"
    : "there is no wine for 32 bits: run `node scripts/setup/wine-32-bit.ts`";
}

/** Makes `folder`, which must not exist, a fresh prefix, and gives the installation that belongs to it. */
export function makePrefix(machine: WineMachine, folder: string): WineInstallation {
  const installation = installations[machine];
  const template = templateOf(installation);
  // Hundreds of megabytes of the system's files, which nobody changes in place: links do.
  if (spawnSync("cp", ["-al", template, folder]).status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    execFileSync("cp", ["-a", template, folder]);
  }
  for (const name of readdirSync(folder).filter((file) => statSync(join(folder, file)).isFile())) {
    rmSync(join(folder, name));
    copyFileSync(join(template, name), join(folder, name));
  }
  return installation;
}

/** One that takes longer has lost its way, and must not be left behind running. */
const wineBootMost = 300_000;

/** The key is what the prefix is made from: the loader's and the list of settings' size and time. */
function templateOf({ machine, loader, server, environment }: WineInstallation): string {
  const settings = join(machine === "i686" ? (tree ?? "/") : "/", "usr/share/wine/wine.inf");
  const stamp = [loader, settings].map((file) => {
    const { size, mtimeMs } = statSync(file);
    return `${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}`;
  });
  const template = join(cacheFolder(process.env), `wine-prefix-${machine}-${stamp.join("-")}`);
  if (existsSync(template)) return template;
  mkdirSync(cacheFolder(process.env), { recursive: true });
  const work = `${template}.${randomBytes(6).toString("hex")}`;
  const env = { ...process.env, ...environment, WINEPREFIX: work };
  try {
    execFileSync(loader, ["wineboot", "--init"], { env, stdio: "ignore", timeout: wineBootMost });
  } catch (error) {
    spawnSync(server, ["-k"], { env, stdio: "ignore" });
    throw error;
  }
  // The registry is written when the last program of the prefix has gone.
  spawnSync(server, ["-w"], { env, stdio: "ignore" });
  try {
    renameSync(work, template);
  } catch (error) {
    if (!existsSync(template)) throw error;
    rmSync(work, { recursive: true, force: true });
  }
  return template;
}
