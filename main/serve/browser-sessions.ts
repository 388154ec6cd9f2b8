/**
 * Who may use `sma serve`: a one-time token in a printed link becomes a session, whose secret is a cookie. Sessions
 * survive the server, so that a window goes on after a restart; only their hashes are written down.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { writeFileDurably } from "../settings/file-vault.ts";

const tokenLifetimeMs = 15 * 60_000;
const idleLifetimeMs = 12 * 3_600_000;
const longestLifetimeMs = 7 * 86_400_000;
const mostSessions = 64;

const storedSchema = z.array(z.object({ hash: z.string(), startedMs: z.number(), usedMs: z.number() }));
type Stored = z.infer<typeof storedSchema>[number];

const hashOf = (secret: string) => createHash("sha256").update(secret).digest("base64url");

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

export class BrowserSessions {
  readonly #path: string | null;
  readonly #clock: () => number;
  #sessions: Stored[] = [];
  #token: { readonly hash: string; readonly endsMs: number } | null = null;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string | null, clock: () => number) {
    this.#path = path;
    this.#clock = clock;
  }

  /** `path` null: sessions end with the process. A damaged file means that everybody signs in again. */
  static async open(path: string | null, clock: () => number): Promise<BrowserSessions> {
    const sessions = new BrowserSessions(path, clock);
    if (path !== null) {
      const text = await readFile(path, "utf8").catch(() => "[]");
      try {
        sessions.#sessions = storedSchema.parse(JSON.parse(text));
      } catch {
        sessions.#sessions = [];
      }
    }
    return sessions;
  }

  /** A new one-time token; the one before is void. */
  newToken(): string {
    const token = randomBytes(24).toString("base64url");
    this.#token = { hash: hashOf(token), endsMs: this.#clock() + tokenLifetimeMs };
    return token;
  }

  /** The new session's secret, or null where the token is not the one that was given out last. Spends the token. */
  async redeem(token: string): Promise<string | null> {
    const wanted = this.#token;
    if (wanted === null || this.#clock() > wanted.endsMs || !isSame(hashOf(token), wanted.hash)) return null;
    this.#token = null;
    return this.start();
  }

  /** Starts a session without a token, after a password was checked. */
  async start(): Promise<string> {
    const secret = randomBytes(32).toString("base64url");
    const now = this.#clock();
    this.#sessions = [...this.#live(), { hash: hashOf(secret), startedMs: now, usedMs: now }].slice(
      -mostSessions,
    );
    await this.#write();
    return secret;
  }

  /** True where the secret is a live session's; that session is then in use until now. */
  isLive(secret: string): boolean {
    const hash = hashOf(secret);
    const session = this.#live().find((known) => isSame(known.hash, hash));
    if (session === undefined) return false;
    const now = this.#clock();
    // Written now and then, so that a restart does not end a session that is in use.
    const isWorthWriting = now - session.usedMs > 10 * 60_000;
    session.usedMs = now;
    if (isWorthWriting) void this.#write();
    return true;
  }

  async end(secret: string): Promise<void> {
    const hash = hashOf(secret);
    this.#sessions = this.#sessions.filter((known) => known.hash !== hash);
    await this.#write();
  }

  #live(): Stored[] {
    const now = this.#clock();
    return this.#sessions.filter(
      ({ startedMs, usedMs }) => now - usedMs < idleLifetimeMs && now - startedMs < longestLifetimeMs,
    );
  }

  #write(): Promise<void> {
    const path = this.#path;
    if (path === null) return Promise.resolve();
    // A full disk must not keep anybody out: the session then lives as long as the process.
    this.#writing = this.#writing
      .then(() => writeFileDurably(path, JSON.stringify(this.#live())))
      .catch(() => undefined);
    return this.#writing;
  }
}
