import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import {
  debianBases,
  mirrorBases,
  urisOfDeb822,
  urisOfSourcesList,
} from "../../../../scripts/agent/mirrors.ts";

const apt = mkdtempSync(join(tmpdir(), "sma-apt-"));
afterAll(() => rmSync(apt, { recursive: true, force: true }));

test("finds the addresses in one-line sources, with and without options", () => {
  const text = [
    "# deb http://commented.example/debian sid main",
    "deb http://one.example/debian bookworm main contrib",
    "deb-src [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] https://two.example/debian/ bookworm main",
    "nonsense http://three.example/debian bookworm main",
    "deb cdrom:[Debian]/ bookworm main",
  ].join("\n");
  expect(urisOfSourcesList(text)).toEqual([
    "http://one.example/debian",
    "https://two.example/debian/",
    "cdrom:[Debian]/",
  ]);
});

test("finds the addresses in deb822 sources: several, continued over lines, not those switched off", () => {
  const text = `Types: deb
URIs: http://one.example/debian https://two.example/debian
# a comment between
Suites: trixie
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: trixie

Types: deb
URIs:
 http://three.example/debian
 http://four.example/debian-security
Suites: trixie-security
`;
  expect(urisOfDeb822(text)).toEqual([
    "http://one.example/debian",
    "https://two.example/debian",
    "http://three.example/debian",
    "http://four.example/debian-security",
  ]);
});

test("asks Debian's archives alone where there are any, each once, and never another scheme", () => {
  const debian = [
    "http://one.example/debian/",
    "http://one.example/debian",
    "http://two.example/debian-security",
  ];
  expect(debianBases(["https://vendor.example/apt", ...debian, "cdrom:[x]/"])).toEqual([
    "http://one.example/debian",
    "http://two.example/debian-security",
  ]);
  expect(debianBases(["https://mirror.example/pub", "file:/srv/debian"])).toEqual([
    "https://mirror.example/pub",
  ]);
});

test("reads apt's folder, and a machine without one has no mirrors unless it names them", async () => {
  mkdirSync(join(apt, "sources.list.d"));
  writeFileSync(join(apt, "sources.list"), "deb http://list.example/debian sid main\n");
  writeFileSync(
    join(apt, "sources.list.d/a.sources"),
    "Types: deb\nURIs: http://sources.example/debian\nSuites: sid\n",
  );
  writeFileSync(join(apt, "sources.list.d/old.list.save"), "deb http://saved.example/debian sid main\n");
  expect(await mirrorBases({}, apt)).toEqual(["http://list.example/debian", "http://sources.example/debian"]);
  expect(await mirrorBases({}, join(apt, "nowhere"))).toEqual([]);
  expect(await mirrorBases({ SMA_DEBIAN_MIRROR: "http://mine.example/debian/" }, apt)).toEqual([
    "http://mine.example/debian",
  ]);
});
