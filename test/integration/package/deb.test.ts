import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commands } from "../../../main/cli/commands/index.ts";
import { buildDeb } from "../../../scripts/package/deb.ts";

const name = "server-migration-assistant";
const directory = mkdtempSync(join(tmpdir(), "sma-deb-"));
const isRoot = process.getuid?.() === 0;
const environment = {
  PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: directory,
  SMA_STATE_DIR: join(directory, "state"),
};
let packagePath: string;

beforeAll(() => {
  const umask = process.umask(0o077);
  try {
    packagePath = buildDeb({ fast: true, outDirectory: directory });
  } finally {
    process.umask(umask);
  }
});
afterAll(() => {
  if (isRoot) execFileSync("dpkg", ["--purge", name], { stdio: "ignore" });
  rmSync(directory, { recursive: true, force: true });
});

const sma = (...words: string[]) => execFileSync("sma", words, { env: environment, encoding: "utf8" });

/** Without the waits for the disk that only matter to a machine that loses power. */
function install(path: string): void {
  execFileSync("dpkg", ["--force-depends", "--force-unsafe-io", "--install", path], { stdio: "ignore" });
}

/** The same package as an earlier version that had a file more. */
function olderThan(path: string): string {
  const [tree, older] = [join(directory, "older"), join(directory, "older.deb")];
  execFileSync("dpkg-deb", ["--raw-extract", path, tree]);
  const control = join(tree, "DEBIAN", "control");
  writeFileSync(control, readFileSync(control, "utf8").replace(/^Version: .*$/m, "Version: 0.0.1"));
  writeFileSync(join(tree, "usr", "lib", name, "only-in-the-older"), "");
  execFileSync("dpkg-deb", ["--root-owner-group", "-Znone", "--build", tree, older], { stdio: "ignore" });
  rmSync(tree, { recursive: true });
  return older;
}

describe("the Debian package", () => {
  it("is for everybody, though it was made where files are their owner's alone", () => {
    const list = execFileSync("dpkg-deb", ["--contents", packagePath], {
      encoding: "utf8",
      maxBuffer: 2 ** 26,
    });
    const modes = new Set(list.split("\n").map((line) => line.slice(0, 10)));
    expect([...modes].toSorted()).toEqual(["", "-rw-r--r--", "-rwxr-xr-x", "drwxr-xr-x"]);
  });

  it("has a manual without a mistake, completion, and units that start nothing by themselves", () => {
    const tree = join(directory, "tree");
    execFileSync("dpkg-deb", ["--extract", packagePath, tree]);
    const share = join(tree, "usr", "share");
    const manual = gunzipSync(readFileSync(join(share, "man/man1/sma.1.gz"))).toString();
    for (const { name: command, options } of commands) {
      expect(manual).toContain(`.SS "sma ${command.replaceAll("-", "\\-")}`);
      for (const option of Object.keys(options))
        expect(manual).toContain(`\\-\\-${option.replaceAll("-", "\\-")}`);
    }
    if (spawnSync("man", ["--version"]).status === 0)
      for (const page of ["sma", "sma-intermediate"]) {
        const read = spawnSync("man", ["--warnings", "-l", join(share, `man/man1/${page}.1.gz`)], {
          encoding: "utf8",
          env: { ...process.env, LC_ALL: "C.UTF-8", MANWIDTH: "80", MANROFFSEQ: "" },
        });
        expect(read.stderr).toBe("");
        expect(read.stdout).toContain("DESCRIPTION");
      }
    else console.warn("SKIPPED reading the manual: man is not installed");
    expect(readFileSync(join(share, "bash-completion/completions/sma"), "utf8")).toContain(
      "complete -F _sma",
    );
    expect(readFileSync(join(share, "fish/vendor_completions.d/sma.fish"), "utf8")).toContain("-c sma");
    expect(existsSync(join(tree, "usr/lib/systemd/user/sma-run-due.timer"))).toBe(true);
    expect(readdirSync(join(tree, "usr/lib/systemd/user"))).toHaveLength(2);
    const hidden = execFileSync("find", [tree, "-name", ".*", "-type", "f"], { encoding: "utf8" });
    expect(hidden).toBe("");
    rmSync(tree, { recursive: true });
  });

  it.skipIf(!isRoot)(
    "takes the place of an older one and keeps what was entered, runs without anything of npm, and leaves nothing of its own behind",
    async () => {
      expect(statSync(packagePath).size).toBeGreaterThan(20_000_000);
      install(olderThan(packagePath));
      expect(existsSync(`/usr/lib/${name}/only-in-the-older`)).toBe(true);
      sma("source", "add", "root@192.0.2.1", "--name", "kept");
      install(packagePath);
      expect(existsSync(`/usr/lib/${name}/only-in-the-older`)).toBe(false);
      const sources = JSON.parse(sma("source", "list", "--json")) as { name: string }[];
      expect(sources.map((source) => source.name)).toEqual(["kept"]);
      expect(sma("help")).toContain("sma migrate");
      const { agents } = JSON.parse(sma("version", "--json")) as { agents: string[] };
      expect(agents).toContain("linux-x86_64");
      expect(agents.join()).not.toContain("SUMS");
      // What it finds is this machine's; that it looks, and finds its own parts, is the package's.
      const doctor = spawnSync("sma", ["doctor", "--json"], { env: environment, encoding: "utf8" });
      expect(doctor.stderr).toBe("");
      expect(JSON.parse(doctor.stdout)).toBeTruthy();

      // What a target host runs: without a start document it says so, in the one line that is waited for.
      const refused = spawnSync("sma-intermediate", { input: "{}", encoding: "utf8" });
      expect(JSON.parse(refused.stdout)).toMatchObject({ ready: false, failure: { code: "input-invalid" } });
      const serve = spawn("sma", ["serve", "--port", "0"], {
        env: environment,
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = (await once(createInterface({ input: serve.stdout }), "line")) as [string];
      const link = /http:\S+/.exec(line)?.[0] ?? "";
      const entered = await fetch(link);
      const cookie = (entered.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
      const page = await fetch(new URL("/", link), { headers: { cookie } });
      expect(await page.text()).toContain('<div id="root">');
      serve.kill("SIGTERM");
      await once(serve, "exit");

      execFileSync("dpkg", ["--purge", name], { stdio: "ignore" });
      for (const left of [
        `/usr/lib/${name}`,
        "/usr/bin/sma",
        "/usr/bin/sma-intermediate",
        `/usr/share/applications/${name}.desktop`,
        `/usr/share/doc/${name}`,
        "/usr/share/man/man1/sma.1.gz",
        "/usr/lib/systemd/user/sma-run-due.timer",
      ])
        expect(existsSync(left), left).toBe(false);
      // Sources, jobs and receipts are their user's.
      expect(existsSync(join(environment.SMA_STATE_DIR, "state.sqlite"))).toBe(true);
    },
  );
});
