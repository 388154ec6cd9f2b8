import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sourceSchema, type Source } from "../../../../common/domain/source.ts";
import { unwrap } from "../../../../common/result.ts";
import { readDestination } from "../../../../main/sources/read-destination.ts";
import { planImport, type ImportContext } from "../../../../main/sources/import-sources.ts";
import {
  readCsvList,
  readPastedList,
  readSshConfigList,
  type SourceListLine,
} from "../../../../main/sources/read-source-list.ts";

function plan(lines: readonly SourceListLine[], more: Partial<ImportContext> = {}) {
  let ids = 0;
  return planImport(lines, {
    defaults: { user: null, port: null, credential: null, tags: [] },
    existing: [],
    credential: () => null,
    newId: () => `source${String((ids += 1)).padStart(6, "0")}`,
    addedAt: "2026-01-01T00:00:00Z",
    ...more,
  });
}
const host = (source: Source | undefined) => {
  if (source?.address.kind !== "ssh") throw new Error("no ssh source");
  return source.address;
};

describe("an address as people write it", () => {
  it.each([
    ["web1", null, "web1", null],
    ["root@web1:2222", "root", "web1", 2222],
    ["admin@192.0.2.7", "admin", "192.0.2.7", null],
    ["[2001:db8::1]:22", null, "2001:db8::1", 22],
    ["root@2001:db8::1", "root", "2001:db8::1", null],
    ["domain@user@web1", "domain@user", "web1", null],
    ["root@[fe80::1%eth0]:2222", "root", "fe80::1%eth0", 2222],
    ["fe80::1%eth0", null, "fe80::1%eth0", null],
    ["::ffff:192.0.2.1", null, "::ffff:192.0.2.1", null],
    ["例え.テスト:22", null, "例え.テスト", 22],
    ["root@bücher.example.", "root", "bücher.example.", null],
    ["xn--bcher-kva.example", null, "xn--bcher-kva.example", null],
    ["db_1", null, "db_1", null],
    ["3com.example", null, "3com.example", null],
  ])("reads %s", (given, user, name, port) => {
    expect(unwrap(readDestination(given))).toEqual({ user, host: name, port });
  });
  it.each([
    ["", "host"],
    ["web1:0", "port"],
    ["web1:70000", "port"],
    ["web1:22x", "port"],
    ["web1:", "port"],
    ["@web1", "user"],
    ["a b@web1", "user"],
    ["root:secret@web1", "user"],
    ["ro\u202eot@web1", "user"],
    ["web1;reboot", "host"],
    ["<b>web1</b>", "host"],
    ["-oProxyCommand=x", "host"],
    ["web1-", "host"],
    ["web1:22:23", "port"],
    ["🙂🙂", "host"],
    ["web\u200b1", "host"],
    ["web..example", "host"],
    ["999.1.2.3", "host"],
    ["192.0.2", "host"],
    ["[::::]:22", "host"],
    ["[web1]:22", "host"],
    ["2001:db8::g", "host"],
    [`${"a".repeat(64)}.example`, "host"],
    [`${"a.".repeat(130)}example`, "host"],
  ])("refuses %j and names the %s", (given, field) =>
    expect(readDestination(given)).toMatchObject({
      ok: false,
      failure: { code: "input-invalid", context: { field } },
    }),
  );

  it("keeps a password that was written behind the user out of what it says", () => {
    expect(JSON.stringify(readDestination("root:secret@web1"))).not.toContain("secret");
  });
});

describe("a CSV of sources", () => {
  it("adds what is right of ten thousand lines and names line and field of the rest", () => {
    const rows = Array.from({ length: 10_000 }, (_, index) => {
      if (index === 4) return `bad,host name,22,root`;
      if (index === 99) return `bad2,h99,99999,root`;
      if (index === 5000) return `h4999,elsewhere,22,root`;
      return `h${index},10.0.${index >> 8}.${index & 255},22,root`;
    });
    const lines = unwrap(readCsvList(["name,host,port,user", ...rows].join("\n")));
    const { sources, result } = plan(lines);
    expect(result.lines.length).toBe(10_000);
    expect(result.added).toBe(9997);
    expect(sources.length).toBe(9997);
    expect(result.refused).toBe(2);
    expect(result.lines.filter(({ verdict }) => verdict !== "added")).toMatchObject([
      { line: 6, verdict: "invalid", field: "host" },
      { line: 101, verdict: "invalid", field: "port" },
      {
        line: 5002,
        verdict: "duplicate",
        name: "h4999",
        message: { what: "line 5001 names the same source" },
      },
    ]);
    for (const source of sources.slice(0, 20)) expect(sourceSchema.safeParse(source).success).toBe(true);
  });

  it("takes the columns in any order, with other separators and other tools' names for them", () => {
    const text = '\ufeffUsername;IP;Tags;Name;Jump\r\nops;192.0.2.1;"a;b";"Front; end";gate@192.0.2.9:2200';
    const { sources } = plan(unwrap(readCsvList(text)));
    expect(sources[0]).toMatchObject({ name: "Front; end", tags: ["a", "b"] });
    expect(host(sources[0])).toMatchObject({
      host: { host: "192.0.2.1", port: 22, authentication: { user: "ops" } },
      jumpHosts: [{ host: "192.0.2.9", port: 2200, authentication: { user: "gate" } }],
      elevation: { method: "sudo" },
    });
  });

  it.each([
    ["", "text"],
    ["name,colour\nx,red", "colour"],
    ["name,host,host\na,b,c", "host"],
    ["name\nx", "host"],
  ])("refuses the header of %j as a whole", (text, field) => {
    expect(readCsvList(text)).toMatchObject({ ok: false, failure: { context: { field } } });
  });

  it("says which registered source a line stands for already", () => {
    const lines = unwrap(
      readCsvList("name,host\nweb1,192.0.2.1\nother,192.0.2.1\nweb1,192.0.2.2\nnew,192.0.2.3"),
    );
    const first = plan(lines.slice(0, 1)).sources;
    const { result } = plan(lines.slice(1), { existing: first });
    expect(result.lines).toMatchObject([
      { verdict: "exists", field: "host" },
      { verdict: "exists", field: "name" },
      { verdict: "added" },
    ]);
  });

  it("gives lines the profile that they name, and refuses one that does not exist", () => {
    const access = {
      authentication: {
        user: "deploy",
        keyFiles: ["/k"],
        useSshAgent: false,
        passwordEntry: "credential/ops/password",
        keyPassphraseEntry: null,
        profile: "ops",
      },
      elevation: { method: "sudo", passwordEntry: "credential/ops/password" },
    } as const;
    const lines = unwrap(readCsvList("host,credential,user\na,ops,\nb,ops,root\nc,nobody,"));
    const { sources, result } = plan(lines, {
      credential: (name) =>
        name === "ops" ? { ...access, authentication: { ...access.authentication, keyFiles: ["/k"] } } : null,
    });
    expect(host(sources[0]).host.authentication).toEqual(access.authentication);
    expect(host(sources[1]).host.authentication).toEqual({ ...access.authentication, user: "root" });
    expect(result.lines[2]).toMatchObject({ verdict: "invalid", field: "credential" });
  });
});

describe("a pasted list", () => {
  it("tells each wrong line by its number and with its reason, as data too, and adds the rest", () => {
    const text =
      "# servers\n🙂🙂\nroot@bad host:99999 x\nroot@web1:22 front end\nweb2 ops@web3\n[fe80::1%eth0] lab";
    const { result } = plan(unwrap(readPastedList(text)));
    expect(result.lines).toMatchObject([
      {
        line: 2,
        verdict: "invalid",
        field: "host",
        message: { said: { kind: "host-wrong", problem: "character" } },
      },
      {
        line: 3,
        verdict: "invalid",
        field: "name",
        message: { said: { kind: "name-is-address", text: "host:99999" } },
      },
      { line: 4, verdict: "added", name: "front end" },
      { line: 5, verdict: "invalid", field: "name" },
      { line: 6, verdict: "added", name: "lab" },
    ]);
    expect(result.lines[0]?.message?.what).toContain("🙂🙂");
  });
});

describe("a CSV with Windows sources", () => {
  it("wants a profile with a password for them, and knows their ports", () => {
    const access = {
      authentication: {
        user: "CORP\\ops",
        keyFiles: [],
        useSshAgent: false,
        passwordEntry: "credential/win/password",
        keyPassphraseEntry: null,
        profile: "win",
      },
      elevation: { method: "none" },
    } as const;
    const lines = unwrap(
      readCsvList("host,kind,credential\nw1,winrm,win\nw2,winrm-http,win\nw3,winrm,\nw4,telnet,win"),
    );
    const { sources, result } = plan(lines, {
      credential: () => ({ ...access, authentication: { ...access.authentication, keyFiles: [] } }),
    });
    expect(sources.map(({ address }) => address)).toMatchObject([
      {
        kind: "winrm",
        scheme: "https",
        port: 5986,
        certificate: null,
        authentication: { user: "CORP\\ops" },
      },
      { kind: "winrm", scheme: "http", port: 5985 },
    ]);
    for (const source of sources) expect(sourceSchema.safeParse(source).success).toBe(true);
    expect(result.lines.slice(2)).toMatchObject([
      { verdict: "invalid", field: "credential" },
      { verdict: "invalid", field: "kind" },
    ]);
  });
});

describe("pasted lines", () => {
  it("takes an address with an optional name a line, and skips what says nothing", () => {
    const text = "# fleet\nroot@web1:2222 Front end\n\nssh admin@web2  # the other\nssh://web3\nbad host:x\n";
    const { result, sources } = plan(unwrap(readPastedList(text)), {
      defaults: { user: "ops", port: 2022, credential: null, tags: ["new"] },
    });
    expect(result.lines).toMatchObject([
      { line: 2, verdict: "added", name: "Front end", address: "root@web1:2222" },
      { line: 4, verdict: "added", name: "web2", address: "admin@web2:2022" },
      { line: 5, verdict: "added", name: "web3", address: "ops@web3:2022" },
      { line: 6, verdict: "added", name: "host:x", address: "ops@bad:2022" },
    ]);
    expect(sources[0]?.tags).toEqual(["new"]);
  });
});

describe("an ssh configuration", () => {
  it("gives every host that it calls by name, with what the patterns add", async () => {
    const homeDirectory = mkdtempSync(join(tmpdir(), "sma-home-"));
    const text = [
      "Host gate",
      "  HostName 192.0.2.9",
      "Host web1 web2",
      "  HostName %h.example.org",
      "  ProxyJump gate",
      "  IdentityFile ~/.ssh/fleet",
      "Host *",
      "  User ops",
      "  Port 2200",
    ].join("\n");
    try {
      const lines = unwrap(
        await readSshConfigList(text, { homeDirectory, signal: new AbortController().signal }),
      );
      const { sources, result } = plan(lines);
      expect(result.lines.map(({ line, verdict, name }) => [line, verdict, name])).toEqual([
        [1, "added", "gate"],
        [3, "added", "web1"],
        [3, "added", "web2"],
        [7, "skipped", null],
      ]);
      expect(host(sources[1])).toMatchObject({
        host: {
          host: "web1.example.org",
          port: 2200,
          authentication: { user: "ops", keyFiles: [join(homeDirectory, ".ssh/fleet")] },
        },
        jumpHosts: [{ host: "192.0.2.9", port: 2200, authentication: { user: "ops" } }],
      });
    } finally {
      rmSync(homeDirectory, { recursive: true, force: true });
    }
  });
});
