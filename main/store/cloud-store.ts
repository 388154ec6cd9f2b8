/** Accounts of clouds, without their secrets, and the ledger of everything that was made in a cloud. */
import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { cloudAccountSchema, type CloudAccount } from "../../common/domain/cloud.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";

const tables = `
  CREATE TABLE IF NOT EXISTS cloud_account (name TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS cloud_resource (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    token TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    tag TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    network TEXT NOT NULL,
    id TEXT,
    detail TEXT,
    UNIQUE (owner, tag, kind, name)
  ) STRICT;
`;

export const cloudResourceKinds = [
  "oss-object",
  "image",
  "snapshot",
  "disk",
  "instance",
  "security-group",
] as const;
export type CloudResourceKind = (typeof cloudResourceKinds)[number];

/** Something in a cloud that was made for `owner`. It is written before it is made; only what stands here is removed. */
export interface CloudResource {
  /** Unique, and on the thing itself: as its tag, as ClientToken of its making, in an object's key. */
  readonly token: string;
  /** `job:ID` or `instance:NAME`. */
  readonly owner: string;
  /** What it was made for: an attempt of a drill or cutover, `initial`, `run-N`. */
  readonly tag: string;
  readonly kind: CloudResourceKind;
  /** What it is to its owner, such as `disk-0`. Of an object: `BUCKET/KEY`. */
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly network: "internet" | "vpc";
  /** What the cloud calls it; null until its making was answered. */
  readonly id: string | null;
  /** What else its making gave: of an image, the task. */
  readonly detail: string | null;
}

export type PlannedResource = Omit<CloudResource, "token" | "id" | "detail">;

export class CloudStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(tables);
  }

  accounts(): CloudAccount[] {
    const rows = this.#database.prepare("SELECT document FROM cloud_account ORDER BY name").all();
    return rows.map((row) => cloudAccountSchema.parse(JSON.parse(String(row["document"]))));
  }

  account(name: string): Result<CloudAccount> {
    const row = this.#database.prepare("SELECT document FROM cloud_account WHERE name = ?").get(name);
    return row === undefined
      ? fail(
          "not-found",
          told({ kind: "no-cloud-account", name }),
          { account: name },
          told({ kind: "add-cloud-account" }),
        )
      : ok(cloudAccountSchema.parse(JSON.parse(String(row["document"]))));
  }

  saveAccount(account: CloudAccount): void {
    this.#database
      .prepare(
        "INSERT INTO cloud_account (name, document) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET document = excluded.document",
      )
      .run(account.name, JSON.stringify(account));
  }

  removeAccount(name: string): void {
    this.#database.prepare("DELETE FROM cloud_account WHERE name = ?").run(name);
  }

  /** Durable when it returns; the entry that is there where it was planned before. */
  plan(resource: PlannedResource): CloudResource {
    const { owner, tag, kind, name, account, region, network } = resource;
    this.#database
      .prepare(
        "INSERT INTO cloud_resource (token, owner, tag, kind, name, account, region, network) " +
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (owner, tag, kind, name) DO NOTHING",
      )
      .run(randomBytes(16).toString("hex"), owner, tag, kind, name, account, region, network);
    const row = this.#database
      .prepare("SELECT * FROM cloud_resource WHERE owner = ? AND tag = ? AND kind = ? AND name = ?")
      .get(owner, tag, kind, name);
    return resourceOf(row ?? {});
  }

  /** What the cloud answered to its making. */
  noteMade(token: string, id: string, detail: string | null = null): void {
    this.#database
      .prepare("UPDATE cloud_resource SET id = ?, detail = ? WHERE token = ?")
      .run(id, detail, token);
  }

  forget(token: string): void {
    this.#database.prepare("DELETE FROM cloud_resource WHERE token = ?").run(token);
  }

  /** Oldest first; of one owner, or of all. */
  resources(owner: string | null = null): CloudResource[] {
    const rows =
      owner === null
        ? this.#database.prepare("SELECT * FROM cloud_resource ORDER BY seq").all()
        : this.#database.prepare("SELECT * FROM cloud_resource WHERE owner = ? ORDER BY seq").all(owner);
    return rows.map(resourceOf);
  }
}

function resourceOf(row: Readonly<Record<string, unknown>>): CloudResource {
  const text = (name: string): string => String(row[name]);
  const maybe = (name: string): string | null => (row[name] === null ? null : String(row[name]));
  return {
    token: text("token"),
    owner: text("owner"),
    tag: text("tag"),
    name: text("name"),
    kind: text("kind") as CloudResourceKind,
    account: text("account"),
    region: text("region"),
    network: text("network") === "vpc" ? "vpc" : "internet",
    id: maybe("id"),
    detail: maybe("detail"),
  };
}
