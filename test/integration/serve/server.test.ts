import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { EventFrame } from "../../../common/api/bridge.ts";
import { unwrap } from "../../../common/result.ts";
import { Secret } from "../../../common/secret.ts";
import { createAssistant, type Assistant } from "../../../main/assistant.ts";
import { BrowserSessions } from "../../../main/serve/browser-sessions.ts";
import { startServer, type RunningServer, type ServeOptions } from "../../../main/serve/server.ts";

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request with exactly these headers; fetch would add and refuse some. */
function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = url.startsWith("https:") ? httpsRequest : httpRequest;
    const sent = request(
      url,
      { method: options.method ?? "GET", headers: options.headers ?? {}, rejectUnauthorized: false },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (part: string) => (body += part));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(options.body);
  });
}

const directory = mkdtempSync(join(tmpdir(), "sma-serve-"));
const screens = join(directory, "screens");
let assistant: Assistant;
const servers: RunningServer[] = [];
let now = Date.parse("2026-01-01T00:00:00Z");

beforeAll(async () => {
  mkdirSync(join(screens, "assets"), { recursive: true });
  writeFileSync(join(screens, "index.html"), "<!doctype html><html><head></head><body>the app</body></html>");
  writeFileSync(join(screens, "assets", "app-1.js"), "export {};");
  writeFileSync(join(directory, "secret.js"), "not to be served");
  assistant = unwrap(
    await createAssistant({
      stateDirectory: join(directory, "state"),
      resourcesDirectory: join(directory, "resources"),
      intermediateCommand: ["false"],
      decideHostKey: () => Promise.resolve(false),
      vault: null,
      vaultPassphrase: null,
      clock: () => now,
    }),
  );
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

afterAll(() => {
  assistant.close();
  rmSync(directory, { recursive: true, force: true });
});

const optionsWith = async (options: Partial<ServeOptions>): Promise<ServeOptions> => ({
  assistant,
  screensDirectory: screens,
  sessions: await BrowserSessions.open(null, () => now),
  address: "127.0.0.1",
  port: 0,
  names: [],
  tls: null,
  password: null,
  clock: () => now,
  ...options,
});

async function serve(options: Partial<ServeOptions> = {}): Promise<RunningServer> {
  const server = unwrap(await startServer(await optionsWith(options)));
  servers.push(server);
  return server;
}

async function signIn(server: RunningServer): Promise<string> {
  const entered = await ask(server.newLink());
  return (entered.headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "";
}

const post = (server: RunningServer, path: string, headers: Record<string, string>, body = "{}") =>
  ask(`${server.origin}${path}`, {
    method: "POST",
    headers: { origin: server.origin, "content-type": "application/json", ...headers },
    body,
  });

describe("serve", () => {
  it("exchanges the printed link once for a cookie that scripts cannot read and other sites do not send", async () => {
    const server = await serve();
    const link = server.newLink();
    const entered = await ask(link);
    expect(entered.status).toBe(200);
    expect(entered.headers["set-cookie"]?.[0]).toMatch(
      /^sma-session-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect((await ask(link)).status).toBe(403);
    const cookie = (entered.headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "";
    const page = await ask(`${server.origin}/`, { headers: { cookie } });
    expect(page.body).toContain("the app");
    const nonce = /'nonce-([\w-]+)'/.exec(String(page.headers["content-security-policy"]))?.[1];
    expect(page.body).toContain(`<meta name="style-nonce" content="${nonce}" />`);
    expect((await ask(`${server.origin}/`, { headers: { cookie } })).body).not.toContain(nonce);
  });

  it("does not let a link that is too old or that was replaced sign anybody in", async () => {
    const server = await serve();
    const first = server.newLink();
    const second = server.newLink();
    expect((await ask(first)).status).toBe(403);
    now += 16 * 60_000;
    expect((await ask(second)).status).toBe(403);
  });

  it("shows nothing of the app and does nothing for those who are not signed in", async () => {
    const server = await serve();
    const page = await ask(`${server.origin}/`);
    expect(page.status).toBe(401);
    expect(page.body).not.toContain("the app");
    expect((await ask(`${server.origin}/assets/app-1.js`)).status).toBe(401);
    const called = await post(server, "/api/source.list", {});
    expect(called.status).toBe(401);
    expect(JSON.parse(called.body)).toMatchObject({ ok: false, failure: { code: "not-signed-in" } });
  });

  it("answers a procedure, and names the field of an input that is wrong", async () => {
    const server = await serve();
    const cookie = await signIn(server);
    const listed = await post(server, "/api/source.list", { cookie });
    expect(JSON.parse(listed.body)).toEqual({ ok: true, value: [] });
    const wrong = await post(server, "/api/source.test", { cookie }, '{"source":7}');
    expect(JSON.parse(wrong.body)).toMatchObject({
      ok: false,
      failure: { code: "input-invalid", context: { field: "source" } },
    });
    expect((await post(server, "/api/job.run", { cookie }, '{"job":"a"}')).status).toBe(404);
    expect((await post(server, "/api/constructor", { cookie })).status).toBe(404);
    expect((await post(server, "/api/source.list", { cookie }, "{")).status).toBe(400);
  });

  it("refuses what comes under another name, from another site, or as a form", async () => {
    const server = await serve();
    const cookie = await signIn(server);
    expect((await post(server, "/api/source.list", { cookie, host: "rebound.example" })).status).toBe(421);
    expect((await post(server, "/api/source.list", { cookie, origin: "http://evil.example" })).status).toBe(
      403,
    );
    expect((await post(server, "/api/source.list", { cookie, origin: "null" })).status).toBe(403);
    expect((await post(server, "/api/source.list", { cookie, "sec-fetch-site": "cross-site" })).status).toBe(
      403,
    );
    const form = await post(server, "/api/source.list", { cookie, "content-type": "text/plain" });
    expect(form.status).toBe(415);
  });

  it("serves only what the folder of the screens holds", async () => {
    const server = await serve();
    const cookie = await signIn(server);
    for (const path of ["/../secret.js", "/%2e%2e/secret.js", "/assets/..%2f..%2fsecret.js", "/secret.js"]) {
      const answer = await ask(`${server.origin}${path}`, { headers: { cookie } });
      expect(answer.body, path).not.toContain("not to be served");
    }
    const script = await ask(`${server.origin}/assets/app-1.js`, { headers: { cookie } });
    expect(script.headers["content-type"]).toBe("text/javascript; charset=utf-8");
    expect(script.headers["x-content-type-options"]).toBe("nosniff");
  });

  it("slows down whoever guesses links", async () => {
    const server = await serve();
    const statuses: number[] = [];
    for (let n = 0; n < 8; n += 1)
      statuses.push((await ask(`${server.origin}/enter?token=guess${n}`)).status);
    expect(statuses).toEqual([403, 403, 403, 403, 403, 403, 429, 429]);
  });

  it("refuses to listen for other machines without TLS and a password", async () => {
    for (const address of ["0.0.0.0", "::", "192.0.2.1"]) {
      const refused = await startServer(
        await optionsWith({ address, password: new Secret("a long enough password") }),
      );
      expect(refused).toMatchObject({ ok: false, failure: { code: "input-invalid", context: { address } } });
    }
  });

  it("says that a certificate and a key which do not go together cannot be used", async () => {
    const tls = { certificate: "no certificate", key: new Secret("no key") };
    const refused = await startServer(await optionsWith({ tls }));
    expect(refused).toMatchObject({
      ok: false,
      failure: { code: "input-invalid", context: { field: "tls" } },
    });
  });

  it("with TLS takes the password, and gives a cookie for TLS only", async () => {
    const [keyFile, certificateFile] = [join(directory, "key.pem"), join(directory, "certificate.pem")];
    execFileSync(
      "openssl",
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=desk -keyout ${keyFile} -out ${certificateFile}`.split(
        " ",
      ),
      { stdio: "ignore" },
    );
    const server = await serve({
      address: "0.0.0.0",
      names: ["127.0.0.1"],
      tls: {
        certificate: readFileSync(certificateFile, "utf8"),
        key: new Secret(readFileSync(keyFile, "utf8")),
      },
      password: new Secret("correct horse battery"),
    });
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect((await post(server, "/login", form, "password=wrong")).status).toBe(403);
    const entered = await post(server, "/login", form, "password=correct+horse+battery");
    expect(entered.headers["set-cookie"]?.[0]).toMatch(
      /^__Host-sma-session-\d+=.*HttpOnly; SameSite=Strict; Secure$/,
    );
    expect(entered.headers["strict-transport-security"]).toBeDefined();
  });

  it("keeps a browser signed in over a restart, and writes down only a hash", async () => {
    const path = join(directory, "sessions.json");
    const first = await serve({ sessions: await BrowserSessions.open(path, () => now) });
    const cookie = await signIn(first);
    const port = Number(new URL(first.origin).port);
    await servers.pop()?.close();
    expect(readFileSync(path, "utf8")).not.toContain(cookie.split("=")[1]);
    const second = await serve({ port, sessions: await BrowserSessions.open(path, () => now) });
    expect((await post(second, "/api/source.list", { cookie })).status).toBe(200);
    now += 13 * 3_600_000;
    expect((await post(second, "/api/source.list", { cookie })).status).toBe(401);
  });
});

describe("the events of serve", () => {
  const open = (server: RunningServer, query: string, headers: Record<string, string>) =>
    new WebSocket(`${server.origin.replace("http", "ws")}/events?${query}`, { headers });
  const refusal = (socket: WebSocket) =>
    new Promise<string>((resolve) =>
      socket.on("error", (error) => resolve(error.message)).on("open", () => resolve("open")),
    );

  it("reach only windows that are signed in and on our own page", async () => {
    const server = await serve();
    const cookie = await signIn(server);
    expect(await refusal(open(server, "", { origin: server.origin }))).toContain("401");
    expect(await refusal(open(server, "", { origin: "http://evil.example", cookie }))).toContain("403");
    expect(await refusal(open(server, "", { cookie }))).toContain("403");
  });

  it("go on where somebody asks for what is no path", async () => {
    const server = await serve();
    const cookie = await signIn(server);
    const { port } = new URL(server.origin);
    const upgrade = { connection: "Upgrade", upgrade: "websocket", origin: server.origin };
    const answer = (headers: Record<string, string>) =>
      new Promise<number>((resolve, reject) =>
        httpRequest({ host: "127.0.0.1", port, path: "//", headers: { cookie, ...headers } })
          .on("response", (response) => resolve(response.resume().statusCode ?? 0))
          .on("error", reject)
          .end(),
      );
    expect(await answer(upgrade)).toBe(404);
    expect(await answer({})).toBe(400);
    expect((await post(server, "/api/source.list", { cookie })).status).toBe(200);
  });

  it("go on where a window left off, and say so where they cannot", async () => {
    const server = await serve();
    const cookie = await signIn(server);
    const headers = { origin: server.origin, cookie };
    const frames = (socket: WebSocket, enough: (all: readonly EventFrame[]) => boolean) =>
      new Promise<EventFrame[]>((resolve) => {
        const all: EventFrame[] = [];
        socket.on("message", (data) => {
          all.push(JSON.parse(String(data)) as EventFrame);
          if (enough(all)) resolve(all);
        });
      });
    const isGreeted = (all: readonly EventFrame[]) => all.length === 1;
    const first = open(server, "engine=&after=0", headers);
    const [hello] = await frames(first, isGreeted);
    expect(hello).toMatchObject({ type: "hello", seq: 0, resync: true });
    first.terminate();
    const engine = hello?.type === "hello" ? hello.engine : "";

    const again = open(server, `engine=${engine}&after=0`, headers);
    expect((await frames(again, isGreeted))[0]).toMatchObject({ engine, resync: false });
    again.terminate();
    const page = (await ask(`${server.origin}/`, { headers: { cookie } })).body;
    // A page reads before it follows: from where it was made, it misses nothing.
    expect(page).toContain(`<meta name="event-place" content="${engine} 0" />`);
    const other = open(server, "engine=another&after=5", headers);
    expect((await frames(other, isGreeted))[0]).toMatchObject({ engine, resync: true });
    other.terminate();
  });

  /** What comes back for exactly these bytes, until the server ends the connection or `until` is in it. */
  const raw = (
    server: RunningServer,
    bytes: string,
    isAnswered = (text: string) => text.includes("\r\n\r\n"),
  ) =>
    new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(server.origin).port), "127.0.0.1", () => socket.write(bytes));
      let text = "";
      const end = () => {
        socket.destroy();
        resolve(text);
      };
      socket.setEncoding("utf8").on("data", (part: string) => {
        text += part;
        if (isAnswered(text)) end();
      });
      socket.on("close", end).on("error", end);
    });
  const head = (server: RunningServer, first: string, more: Record<string, string>) =>
    `${[first, ...Object.entries({ Host: new URL(server.origin).host, ...more }).map(([name, value]) => `${name}: ${value}`)].join("\r\n")}\r\n\r\n`;

  it("says that a body is too large, whether its length was told or not, and reads no more of it", async () => {
    const server = await serve();
    const cookie = await signIn(server);
    const headers = { Cookie: cookie, Origin: server.origin, "Content-Type": "application/json" };
    const first = "POST /api/source.list HTTP/1.1";
    const told = await raw(server, head(server, first, { ...headers, "Content-Length": "99999999999" }));
    expect(told).toContain("413");
    expect(told).toMatch(/connection: close/i);
    const chunk = `${(1 << 20).toString(16)}\r\n${" ".repeat(1 << 20)}\r\n`;
    const untold = head(server, first, { ...headers, "Transfer-Encoding": "chunked" }) + chunk.repeat(49);
    expect(await raw(server, untold)).toContain("413");
    expect((await post(server, "/api/source.list", { cookie })).status).toBe(200);
  });

  it("goes on when it is given what is no address, no procedure and no request", async () => {
    const server = await serve();
    const cookie = await signIn(server);
    const upgrade = {
      Cookie: cookie,
      Origin: server.origin,
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    };
    for (const target of ["//[", "http://[", "*"]) {
      const wrong = await raw(server, head(server, `GET ${target} HTTP/1.1`, upgrade));
      expect(wrong, target).toMatch(/^HTTP\/1.1 40[04]/);
      const read = await raw(server, head(server, `GET ${target} HTTP/1.1`, { Cookie: cookie }));
      expect(read, target).toMatch(/^HTTP\/1.1 [24]0[0-9]/);
    }
    expect((await post(server, "/api/%", { cookie })).status).toBe(404);
    expect(await raw(server, "GET / HTTP/1.1\r\nno header\r\n\r\n")).toBe("");
    expect((await post(server, "/api/source.list", { cookie })).status).toBe(200);
  });

  it("opens no WebSocket for another site, another name, or somebody who is not signed in", async () => {
    const server = await serve();
    const cookie = await signIn(server);
    const upgrade = (more: Record<string, string>) =>
      raw(
        server,
        head(server, "GET /events HTTP/1.1", {
          Connection: "Upgrade",
          Upgrade: "websocket",
          "Sec-WebSocket-Version": "13",
          "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
          ...more,
        }),
      );
    const right = { Cookie: cookie, Origin: server.origin };
    expect(await upgrade(right)).toMatch(/^HTTP\/1.1 101/);
    expect(await upgrade({ ...right, Origin: "http://evil.example" })).toMatch(/^HTTP\/1.1 403/);
    expect(await upgrade({ Cookie: cookie })).toMatch(/^HTTP\/1.1 403/);
    expect(await upgrade({ ...right, "Sec-Fetch-Site": "same-site" })).toMatch(/^HTTP\/1.1 403/);
    expect(await upgrade({ ...right, Host: "rebound.example" })).toMatch(/^HTTP\/1.1 421/);
    expect(await upgrade({ Origin: server.origin })).toMatch(/^HTTP\/1.1 401/);
  });
});
