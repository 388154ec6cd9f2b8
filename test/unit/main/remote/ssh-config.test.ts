import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { matchesHost, parseConfig, resolveSshHost } from "../../../../main/remote/ssh/ssh-config.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sma-ssh-config-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function write(path: string, text: string): void {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function resolve(alias: string, environment: Record<string, string> = {}) {
  return resolveSshHost(alias, {
    homeDirectory: home,
    systemConfigPath: join(home, "etc/ssh_config"),
    environment,
  });
}

describe("ssh configuration", () => {
  test("an alias gives host name, user, port and keys", async () => {
    write(
      ".ssh/config",
      "Host web\n  HostName web01.example.com\n  User deploy\n  Port 2222\n  IdentityFile ~/.ssh/web\n",
    );
    expect(await resolve("web")).toEqual({
      hostName: "web01.example.com",
      user: "deploy",
      port: 2222,
      identityFiles: [join(home, ".ssh/web")],
      identitiesOnly: false,
      jumpHosts: [],
      notes: [],
    });
  });

  test("a host that nothing is said about is itself, with the usual keys that exist", async () => {
    write(".ssh/id_ed25519", "");
    write(".ssh/id_rsa", "");
    const result = await resolve("plain.example.com");
    expect(result).toMatchObject({
      hostName: "plain.example.com",
      user: undefined,
      port: undefined,
      notes: [],
    });
    expect(result.identityFiles).toEqual([join(home, ".ssh/id_rsa"), join(home, ".ssh/id_ed25519")]);
  });

  test("the first value counts, keys add up, and the system's file comes last", async () => {
    write(
      ".ssh/config",
      "Host a*\nUser first\nIdentityFile one\nHost *\nUser second\nIdentityFile two\nIdentityFile one\nPort 1\n",
    );
    write("etc/ssh_config", "Port 2\nUser third\nHostName from-system\n");
    const result = await resolve("abc");
    expect(result).toMatchObject({
      user: "first",
      port: 1,
      hostName: "from-system",
      identityFiles: ["one", "two"],
    });
    expect(await resolve("xyz")).toMatchObject({ user: "second" });
  });

  test("patterns, negations, several patterns and letter case are understood", () => {
    expect(matchesHost("web1", ["web?"])).toBe(true);
    expect(matchesHost("web12", ["web?"])).toBe(false);
    expect(matchesHost("a.example.com", ["*.example.com", "!b.example.com"])).toBe(true);
    expect(matchesHost("b.example.com", ["*.example.com", "!b.example.com"])).toBe(false);
    expect(matchesHost("b.example.com", ["!b.example.com", "*.example.com"])).toBe(false);
    expect(matchesHost("WEB", ["web"])).toBe(true);
    expect(matchesHost("aXb", ["a.b"])).toBe(false);
    expect(matchesHost("x", ["!y"])).toBe(false);
  });

  test("comments, quotes, equal signs and carriage returns are understood", () => {
    const text =
      '# head\r\n\r\nhost = web # all\r\n  IdentityFile "~/my keys/id"\r\nUser=deploy\r\n\tPORT\t= 22\r\n';
    expect(parseConfig(text, "config").map(({ keyword, words }) => [keyword, ...words])).toEqual([
      ["host", "web"],
      ["identityfile", "~/my keys/id"],
      ["user", "deploy"],
      ["port", "22"],
    ]);
  });

  test("tokens and variables in paths and names are filled in", async () => {
    write(
      ".ssh/config",
      "Host db\nHostName %h.internal\nUser admin\nPort 2200\nIdentityFile %d/keys/%r@%h:%p-%n-100%%\nIdentityFile ${KEYS}/other\n",
    );
    const result = await resolve("db", { KEYS: "/media/keys" });
    expect(result.hostName).toBe("db.internal");
    expect(result.identityFiles).toEqual([
      `${home}/keys/admin@db.internal:2200-db-100%`,
      "/media/keys/other",
    ]);
  });

  test("included files count where they stand, with wildcards, relative to the .ssh folder", async () => {
    write(
      ".ssh/config",
      "Include conf.d/*.conf missing.conf\nHost late\nInclude only-late\nHost *\nUser general\n",
    );
    write(".ssh/conf.d/10-a.conf", "Host web\nUser from-a\n");
    write(".ssh/conf.d/20-b.conf", "Host web\nUser from-b\nPort 20\n");
    write(".ssh/only-late", "User late-user\n");
    expect(await resolve("web")).toMatchObject({ user: "from-a", port: 20, notes: [] });
    expect(await resolve("late")).toMatchObject({ user: "late-user" });
    expect(await resolve("other")).toMatchObject({ user: "general" });
  });

  test("an Include of itself ends with a note", async () => {
    write(".ssh/config", "Include config\nUser me\n");
    const result = await resolve("any");
    expect(result.user).toBe("me");
    expect(result.notes).toEqual([expect.stringContaining("Include goes too deep")]);
  });

  test("jump hosts come in the order in which they are passed, those of the first before it", async () => {
    write(
      ".ssh/config",
      "Host inner\nProxyJump admin@middle:2222,last\nHost middle\nProxyJump outer\nHost direct\nProxyJump none\nHost *\nProxyJump never\n",
    );
    expect((await resolve("inner")).jumpHosts).toEqual(["never", "outer", "admin@middle:2222", "last"]);
    expect((await resolve("direct")).jumpHosts).toEqual([]);
  });

  test("jump hosts in a circle end with a note", async () => {
    write(".ssh/config", "Host a\nProxyJump b\nHost b\nProxyJump a\n");
    const result = await resolve("a");
    expect(result.jumpHosts).toContain("b");
    expect(JSON.stringify(result)).toContain("circle");
  });

  test("what cannot be followed is noted and nothing of it is used", async () => {
    write(
      ".ssh/config",
      "Match host web exec true\nUser matched\nHost web\nPort 99999\nProxyCommand nc %h %p\nMatch all\nUser everybody\n",
    );
    const result = await resolve("web");
    expect(result).toMatchObject({ user: "everybody", port: undefined, jumpHosts: [] });
    expect(result.notes).toEqual([
      expect.stringMatching(/config:1: Match is not followed/),
      expect.stringContaining("Port 99999"),
      expect.stringContaining("ProxyCommand"),
    ]);
  });
});
