/**
 * Signatures of Alibaba Cloud's interfaces: V3 of its API gateway (ACS3-HMAC-SHA256) and V4 of OSS, in a header and in
 * an address that somebody without the credentials may use for a while.
 */
import { createHash, createHmac } from "node:crypto";
import type { Secret } from "../../../../common/secret.ts";

export interface CloudCredentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: Secret;
  /** Of temporary credentials. */
  readonly securityToken: Secret | null;
}

const sha256 = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Buffer, data: string): Buffer => createHmac("sha256", key).update(data).digest();

/** RFC 3986: everything but letters, digits and `-_.~`. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** `key=value` pairs in the order of their encoded keys. */
export function canonicalQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([key, value]) => [percentEncode(key), percentEncode(value)] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, value]) => `${key}=${value}`)
    .join("&");
}

/** `2023-10-26T10:22:32Z`. */
export const acsDate = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
/** `20231026T102232Z`. */
export const ossDate = (at: number): string => acsDate(at).replaceAll(/[-:]/g, "");

export interface ActionRequest {
  readonly host: string;
  readonly action: string;
  readonly version: string;
  readonly query: Readonly<Record<string, string>>;
  /** Milliseconds since 1970, by the server's clock. */
  readonly at: number;
  readonly nonce: string;
}

/** All headers of a request without a body. */
export function signAction(
  request: ActionRequest,
  { accessKeyId, accessKeySecret, securityToken }: CloudCredentials,
): Record<string, string> {
  const payload = sha256("");
  const headers: Record<string, string> = {
    host: request.host,
    "x-acs-action": request.action,
    "x-acs-content-sha256": payload,
    "x-acs-date": acsDate(request.at),
    ...(securityToken === null ? {} : { "x-acs-security-token": securityToken.reveal() }),
    "x-acs-signature-nonce": request.nonce,
    "x-acs-version": request.version,
  };
  const names = Object.keys(headers).toSorted();
  const canonical = [
    "POST",
    "/",
    canonicalQuery(request.query),
    ...names.map((name) => `${name}:${(headers[name] ?? "").trim()}`),
    "",
    names.join(";"),
    payload,
  ].join("\n");
  const signature = hmac(accessKeySecret.reveal(), `ACS3-HMAC-SHA256\n${sha256(canonical)}`).toString("hex");
  return {
    ...headers,
    authorization: `ACS3-HMAC-SHA256 Credential=${accessKeyId},SignedHeaders=${names.join(";")},Signature=${signature}`,
  };
}

export interface OssRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly region: string;
  /** Empty for the service itself. */
  readonly bucket: string;
  readonly key: string;
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly at: number;
}

const unsigned = "UNSIGNED-PAYLOAD";

/** Encoded, with its slashes kept. */
export const encodedKey = (key: string): string => key.split("/").map(percentEncode).join("/");

function ossSignature(request: OssRequest, secret: Secret, query: Readonly<Record<string, string>>): string {
  const { bucket, key, headers, region } = request;
  const signed = Object.keys(headers)
    .filter((name) => name === "content-type" || name === "content-md5" || name.startsWith("x-oss-"))
    .toSorted();
  const resource = bucket === "" ? "/" : `/${percentEncode(bucket)}/${encodedKey(key)}`;
  // A parameter without a value stands there without an equals sign.
  const parameters = canonicalQuery(query).replaceAll(/=(?=&|$)/g, "");
  const canonical = [
    request.method,
    resource,
    parameters,
    ...signed.map((name) => `${name}:${(headers[name] ?? "").trim()}`),
    "",
    "",
    unsigned,
  ].join("\n");
  const date = ossDate(request.at);
  const day = date.slice(0, 8);
  const scope = `${day}/${region}/oss/aliyun_v4_request`;
  const text = `OSS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`;
  const key1 = hmac(`aliyun_v4${secret.reveal()}`, day);
  const signing = hmac(hmac(hmac(key1, region), "oss"), "aliyun_v4_request");
  return hmac(signing, text).toString("hex");
}

/** The headers to send, the given ones among them. The content itself is not signed: TLS and checksums guard it. */
export function signOss(request: OssRequest, credentials: CloudCredentials): Record<string, string> {
  const { accessKeyId, accessKeySecret, securityToken } = credentials;
  const headers = {
    ...request.headers,
    "x-oss-content-sha256": unsigned,
    "x-oss-date": ossDate(request.at),
    ...(securityToken === null ? {} : { "x-oss-security-token": securityToken.reveal() }),
  };
  const signature = ossSignature({ ...request, headers }, accessKeySecret, request.query);
  const scope = `${ossDate(request.at).slice(0, 8)}/${request.region}/oss/aliyun_v4_request`;
  return {
    ...headers,
    authorization: `OSS4-HMAC-SHA256 Credential=${accessKeyId}/${scope},Signature=${signature}`,
  };
}

/** The query with which anybody may make this one request until `seconds` are over. */
export function presignOss(
  request: OssRequest,
  seconds: number,
  { accessKeyId, accessKeySecret, securityToken }: CloudCredentials,
): Record<string, string> {
  const date = ossDate(request.at);
  const query = {
    ...request.query,
    "x-oss-signature-version": "OSS4-HMAC-SHA256",
    "x-oss-date": date,
    "x-oss-expires": String(seconds),
    "x-oss-credential": `${accessKeyId}/${date.slice(0, 8)}/${request.region}/oss/aliyun_v4_request`,
    ...(securityToken === null ? {} : { "x-oss-security-token": securityToken.reveal() }),
  };
  return { ...query, "x-oss-signature": ossSignature(request, accessKeySecret, query) };
}
