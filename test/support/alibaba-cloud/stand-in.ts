/**
 * A stand-in for Alibaba Cloud's ECS, VPC, STS and OSS on one HTTPS port of this machine, written after the public
 * documents and not after our client: it checks signatures by its own reading of them, wants the parameters that the
 * documents call required, keeps resources with their states, and fails on order. Disks are held in memory, so that
 * what arrived can be compared byte for byte.
 */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { selfSigned } from "./certificate.ts";
import { EcsStandIn } from "./ecs-stand-in.ts";
import { OssStandIn } from "./oss-stand-in.ts";
import { Refusal, type Answer } from "./refusal.ts";

export interface StandInKey {
  secret: string;
  /** Of temporary credentials. */
  token: string | null;
  expired: boolean;
  /** Actions that its RAM policy denies, such as `ecs:ImportImage` or `oss:PutObject`. */
  denied: Set<string>;
}

export interface Fault {
  /** `ecs:ImportImage`, `oss:UploadPart`, or `*`. */
  readonly action: string;
  times: number;
  /** Requests of the action that pass before. */
  after?: number;
  readonly reply:
    | { readonly kind: "refuse"; readonly status: number; readonly code: string; readonly message?: string }
    /** The request is carried out, and its reply is lost. */
    | { readonly kind: "lose-reply" }
    /** Answered with this, whatever was asked. */
    | { readonly kind: "say"; readonly status: number; readonly body: string };
}

const sha256 = (data: string): string => createHash("sha256").update(data).digest("hex");
const encode = (text: string): string =>
  [...Buffer.from(text, "utf8")]
    .map((byte) =>
      /[A-Za-z0-9\-_.~]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).padStart(2, "0").toUpperCase()}`,
    )
    .join("");

export class CloudStandIn {
  readonly keys = new Map<string, StandInKey>();
  readonly faults: Fault[] = [];
  /** Every request that came, in order, as `ecs:RunInstances`. */
  readonly seen: string[] = [];
  readonly ecs: EcsStandIn;
  readonly oss: OssStandIn;
  readonly authorityPem: string;
  /**
   * Asked of each request when it is heard and, once it is carried out, before it is answered. False: its connection
   * ends there.
   */
  gate: ((name: string, moment: "heard" | "done") => boolean) | null = null;
  /** Milliseconds by which its clock goes ahead. */
  clockAheadMs = 0;
  readonly #server: Server;
  readonly #nonces = new Set<string>();

  private constructor(server: Server, authorityPem: string) {
    this.#server = server;
    this.authorityPem = authorityPem;
    this.oss = new OssStandIn();
    this.ecs = new EcsStandIn(this.oss);
    this.keys.set("LTAItest", { secret: "correct-horse", token: null, expired: false, denied: new Set() });
  }

  static async open(): Promise<CloudStandIn> {
    const { key, cert } = selfSigned();
    const server = createServer({ key, cert });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const standIn = new CloudStandIn(server, cert);
    server.on("request", (request, response) => void standIn.#serve(request, response));
    return standIn;
  }

  get endpoint(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #now(): number {
    return Date.now() + this.clockAheadMs;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const action = request.headers["x-acs-action"];
    const isOss = action === undefined;
    const requestId = randomBytes(8).toString("hex").toUpperCase();
    let name = "";
    try {
      const url = new URL(`https://${this.endpoint}${request.url ?? "/"}`);
      name = isOss ? `oss:${this.oss.actionOf(request.method ?? "", url)}` : this.#productOf(request);
      this.seen.push(name);
      const fault = this.faults.find(
        (each) => each.times > 0 && (each.action === name || each.action === "*"),
      );
      const isDue = fault !== undefined && (fault.after ?? 0) <= 0;
      if (fault !== undefined && !isDue) fault.after = (fault.after ?? 0) - 1;
      if (isDue) fault.times -= 1;
      if (isDue && fault.reply.kind === "refuse")
        throw new Refusal(fault.reply.status, fault.reply.code, fault.reply.message ?? "on order");
      if (isDue && fault.reply.kind === "say") {
        response.writeHead(fault.reply.status, { date: new Date(this.#now()).toUTCString() });
        response.end(fault.reply.body);
        return;
      }
      const key = isOss ? this.#checkOss(request, url) : this.#checkAction(request, url);
      if (key.denied.has(name))
        throw new Refusal(403, isOss ? "AccessDenied" : "Forbidden.RAM", "not authorized");
      if (this.gate?.(name, "heard") === false) {
        response.destroy();
        return;
      }
      const answer = isOss
        ? await this.oss.answer(request.method ?? "", url, request.headers, body, requestId)
        : json(this.ecs.answer(name, Object.fromEntries(url.searchParams)), requestId);
      if ((isDue && fault.reply.kind === "lose-reply") || this.gate?.(name, "done") === false) {
        response.destroy();
        return;
      }
      response.writeHead(answer.status, {
        date: new Date(this.#now()).toUTCString(),
        "content-type": answer.type,
        "x-oss-request-id": requestId,
        ...answer.headers,
      });
      response.end(request.method === "HEAD" ? undefined : answer.body);
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(500, "InternalError", String(error));
      response.writeHead(refusal.status, {
        date: new Date(this.#now()).toUTCString(),
        "x-oss-request-id": requestId,
      });
      const { code, message } = refusal;
      const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message><RequestId>${requestId}</RequestId></Error>`;
      const said = isOss
        ? xml
        : JSON.stringify({ Code: code, Message: message, RequestId: requestId, HostId: "stand-in" });
      response.end(request.method === "HEAD" ? undefined : said);
    }
  }

  #productOf({ headers }: IncomingMessage): string {
    const products: Readonly<Record<string, string>> = {
      "2014-05-26": "ecs",
      "2016-04-28": "vpc",
      "2015-04-01": "sts",
    };
    const product = products[String(headers["x-acs-version"])];
    if (product === undefined) throw new Refusal(400, "InvalidVersion", "no such version");
    return `${product}:${String(headers["x-acs-action"])}`;
  }

  #keyOf(id: string, token: string | undefined): StandInKey {
    const key = this.keys.get(id);
    if (key === undefined)
      throw new Refusal(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.");
    if (key.token !== null && token !== key.token)
      throw new Refusal(400, "InvalidSecurityToken.Malformed", "The specified SecurityToken is malformed.");
    if (key.token === null && token !== undefined)
      throw new Refusal(400, "InvalidSecurityToken.MismatchWithAccessKey", "does not match");
    if (key.expired)
      throw new Refusal(400, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired.");
    return key;
  }

  /** As "Request syntax and signature method V3" says. */
  #checkAction({ headers, method }: IncomingMessage, url: URL): StandInKey {
    const header = (name: string): string => String(headers[name] ?? "");
    const match = /^ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})$/.exec(
      header("authorization"),
    );
    if (match === null)
      throw new Refusal(400, "IncompleteSignature", "The request signature does not conform.");
    const [, id = "", signedNames = "", signature] = match;
    const names = signedNames.split(";");
    for (const name of [
      "host",
      "x-acs-action",
      "x-acs-version",
      "x-acs-date",
      "x-acs-signature-nonce",
      "x-acs-content-sha256",
    ])
      if (!names.includes(name)) throw new Refusal(400, "IncompleteSignature", `${name} is not signed`);
    const at = Date.parse(header("x-acs-date"));
    if (!(Math.abs(at - this.#now()) <= 15 * 60_000))
      throw new Refusal(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.");
    const nonce = header("x-acs-signature-nonce");
    if (this.#nonces.has(nonce))
      throw new Refusal(400, "SignatureNonceUsed", "Specified signature nonce was used already.");
    this.#nonces.add(nonce);
    const token = headers["x-acs-security-token"];
    const key = this.#keyOf(id, token === undefined ? undefined : String(token));
    if (header("x-acs-content-sha256") !== sha256(""))
      throw new Refusal(400, "InvalidSignature", "body hash");
    const query = [...url.searchParams]
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .sort()
      .join("&");
    const canonicalHeaders = names.map((name) => `${name}:${header(name).trim()}\n`).join("");
    const canonical = `${method}\n/\n${query}\n${canonicalHeaders}\n${signedNames}\n${header("x-acs-content-sha256")}`;
    const wanted = createHmac("sha256", key.secret)
      .update(`ACS3-HMAC-SHA256\n${sha256(canonical)}`)
      .digest("hex");
    if (wanted !== signature)
      throw new Refusal(400, "SignatureDoesNotMatch", "Specified signature is not matched.");
    return key;
  }

  /** As "Include a V4 signature in the Authorization header" and "in a URL" say. */
  #checkOss({ headers, method }: IncomingMessage, url: URL): StandInKey {
    const query = new Map(url.searchParams);
    const isPresigned = query.has("x-oss-signature");
    const header = (name: string): string => String(headers[name] ?? "");
    const match =
      /^OSS4-HMAC-SHA256 Credential=([^,]+),\s*(?:AdditionalHeaders=([^,]*),\s*)?Signature=([0-9a-f]{64})$/.exec(
        header("authorization"),
      );
    if (!isPresigned && match === null) throw new Refusal(403, "AccessDenied", "no signature");
    const credential = isPresigned ? (query.get("x-oss-credential") ?? "") : (match?.[1] ?? "");
    const signature = isPresigned ? query.get("x-oss-signature") : match?.[3];
    const date = isPresigned ? (query.get("x-oss-date") ?? "") : header("x-oss-date");
    const [id = "", day = "", region = "", product, end] = credential.split("/");
    if (product !== "oss" || end !== "aliyun_v4_request" || !date.startsWith(day))
      throw new Refusal(403, "SignatureDoesNotMatch", "scope");
    const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
    const lasts = isPresigned ? Number(query.get("x-oss-expires")) * 1000 : 15 * 60_000;
    if (isPresigned ? !(this.#now() - at <= lasts) : !(Math.abs(this.#now() - at) <= lasts))
      throw isPresigned
        ? new Refusal(403, "AccessDenied", "Request has expired.")
        : new Refusal(
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
          );
    const token = isPresigned ? query.get("x-oss-security-token") : headers["x-oss-security-token"];
    const key = this.#keyOf(id, token === undefined ? undefined : String(token));
    if (isPresigned) query.delete("x-oss-signature");
    const parameters = [...query]
      .map(([name, value]) => (value === "" ? encode(name) : `${encode(name)}=${encode(value)}`))
      .sort()
      .join("&");
    const signed = Object.keys(headers)
      .filter((name) => ["content-type", "content-md5"].includes(name) || name.startsWith("x-oss-"))
      .sort();
    const path = decodeURIComponent(url.pathname);
    const canonicalHeaders = signed.map((name) => `${name}:${header(name).trim()}\n`).join("");
    const canonical = `${method}\n${path.split("/").map(encode).join("/")}\n${parameters}\n${canonicalHeaders}\n\nUNSIGNED-PAYLOAD`;
    const text = `OSS4-HMAC-SHA256\n${date}\n${day}/${region}/oss/aliyun_v4_request\n${sha256(canonical)}`;
    let signing: Buffer = createHmac("sha256", `aliyun_v4${key.secret}`).update(day).digest();
    for (const word of [region, "oss", "aliyun_v4_request"])
      signing = createHmac("sha256", signing).update(word).digest();
    if (createHmac("sha256", signing).update(text).digest("hex") !== signature)
      throw new Refusal(403, "SignatureDoesNotMatch", "The request signature we calculated does not match.");
    return key;
  }
}

function json(value: Readonly<Record<string, unknown>>, requestId: string): Answer {
  return { status: 200, type: "application/json", body: JSON.stringify({ ...value, RequestId: requestId }) };
}
