/** The calls of OSS that the target makes. Objects are only ever written as multipart uploads. */
import { told } from "../../../../common/domain/report-text/told.ts";
import { createHash } from "node:crypto";
import { z } from "zod";
import { fail, ok, type Result } from "../../../../common/result.ts";
import { cloudFailure } from "./cloud-errors.ts";
import { bucketAddress } from "./endpoints.ts";
import type { CloudReply, CloudTransport } from "./https-transport.ts";
import { retrying, type Timing } from "./retrying.ts";
import {
  canonicalQuery,
  encodedKey,
  presignOss,
  signOss,
  type CloudCredentials,
  type OssRequest,
} from "./signatures.ts";
import { elements, escapedXml, textIn } from "./oss-xml.ts";

export interface OssOptions {
  readonly region: string;
  readonly endpoint: string;
  readonly transport: CloudTransport;
  credentials(): Promise<Result<CloudCredentials>>;
  readonly timing: Timing;
}

export interface UploadedPart {
  readonly number: number;
  readonly etag: string;
  readonly bytes: number;
}

export interface OssObject {
  readonly bytes: number;
  /** As it was set when the upload began. */
  readonly token: string;
}

const partSchema = z.object({
  number: z.coerce.number().int().min(1).max(10_000),
  etag: z.string().regex(/^"?[0-9A-Fa-f]{32}"?$/),
  bytes: z.coerce.number().int().nonnegative(),
});
const mostPages = 50;
/** Metadata that says whose an object is. */
const tokenHeader = "x-oss-meta-sma-token";

/** As OSS writes it: upper case, without quotes. */
export const plainEtag = (etag: string): string => etag.replaceAll('"', "").toUpperCase();

type Call = Pick<OssRequest, "method" | "bucket" | "key" | "query"> & {
  readonly action: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly mayRepeat?: boolean;
  readonly signal: AbortSignal;
};

export class Oss {
  readonly #options: OssOptions;
  #skewMs = 0;

  constructor(options: OssOptions) {
    this.#options = options;
  }

  async buckets(signal: AbortSignal): Promise<Result<{ name: string; region: string }[]>> {
    const all: { name: string; region: string }[] = [];
    let marker = "";
    for (let page = 0; page < mostPages; page += 1) {
      const query = { "max-keys": "100", ...(marker === "" ? {} : { marker }) };
      const reply = await this.#call({
        method: "GET",
        bucket: "",
        key: "",
        query,
        action: "ListBuckets",
        signal,
      });
      if (!reply.ok) return reply;
      const xml = reply.value.body.toString("utf8");
      const read = z.array(z.object({ name: z.string().min(1), region: z.string() })).safeParse(
        elements(xml, "Bucket").map((bucket) => ({
          name: textIn(bucket, "Name"),
          region: textIn(bucket, "Region") ?? (textIn(bucket, "Location") ?? "").replace(/^oss-/, ""),
        })),
      );
      if (!read.success || !xml.includes("<ListAllMyBucketsResult"))
        return notUnderstood("ListBuckets", "Buckets");
      all.push(...read.data);
      if (textIn(xml, "IsTruncated") !== "true") return ok(all);
      marker = textIn(xml, "NextMarker") ?? "";
      if (marker === "") return notUnderstood("ListBuckets", "NextMarker");
    }
    return notUnderstood("ListBuckets", "IsTruncated");
  }

  /** The region that a bucket is in. */
  async regionOf(bucket: string, signal: AbortSignal): Promise<Result<string>> {
    const query = { location: "" };
    const reply = await this.#call({
      method: "GET",
      bucket,
      key: "",
      query,
      action: "GetBucketLocation",
      signal,
    });
    if (!reply.ok) return reply;
    const location = textIn(reply.value.body.toString("utf8"), "LocationConstraint");
    return location === undefined
      ? notUnderstood("GetBucketLocation", "LocationConstraint")
      : ok(location.replace(/^oss-/, ""));
  }

  /** Null where there is none. */
  async object(bucket: string, key: string, signal: AbortSignal): Promise<Result<OssObject | null>> {
    const reply = await this.#call({ method: "HEAD", bucket, key, query: {}, action: "HeadObject", signal });
    if (!reply.ok) return reply.failure.context["httpStatus"] === 404 ? ok(null) : reply;
    const length = z.coerce.number().int().nonnegative().safeParse(reply.value.headers["content-length"]);
    if (!length.success) return notUnderstood("HeadObject", "Content-Length");
    return ok({ bytes: length.data, token: reply.value.headers[tokenHeader] ?? "" });
  }

  /** Begins an upload that nobody else has begun; the id under which it goes on. */
  async beginUpload(
    bucket: string,
    key: string,
    token: string,
    signal: AbortSignal,
  ): Promise<Result<string>> {
    const headers = {
      [tokenHeader]: token,
      "content-type": "application/octet-stream",
      "x-oss-forbid-overwrite": "true",
    };
    const call = { method: "POST", bucket, key, query: { uploads: "" }, headers } as const;
    const reply = await this.#call({ ...call, action: "InitiateMultipartUpload", signal });
    if (!reply.ok) return reply;
    const id = textIn(reply.value.body.toString("utf8"), "UploadId");
    return id === undefined || id === "" ? notUnderstood("InitiateMultipartUpload", "UploadId") : ok(id);
  }

  /** Ids of the uploads to this key that have neither ended nor been given up. */
  async uploads(bucket: string, key: string, signal: AbortSignal): Promise<Result<string[]>> {
    const query = { uploads: "", prefix: key, "max-uploads": "1000" };
    const reply = await this.#call({
      method: "GET",
      bucket,
      key: "",
      query,
      action: "ListMultipartUploads",
      signal,
    });
    if (!reply.ok) return reply;
    const xml = reply.value.body.toString("utf8");
    if (!xml.includes("<ListMultipartUploadsResult"))
      return notUnderstood("ListMultipartUploads", "the whole");
    return ok(
      elements(xml, "Upload")
        .filter((upload) => textIn(upload, "Key") === key)
        .map((upload) => textIn(upload, "UploadId") ?? "")
        .filter((id) => id !== ""),
    );
  }

  /** What of an upload has arrived; `not-found` where it is over. */
  async parts(
    bucket: string,
    key: string,
    uploadId: string,
    signal: AbortSignal,
  ): Promise<Result<UploadedPart[]>> {
    const all: UploadedPart[] = [];
    let marker = "0";
    for (let page = 0; page < mostPages; page += 1) {
      const query = { uploadId, "max-parts": "1000", "part-number-marker": marker };
      const reply = await this.#call({ method: "GET", bucket, key, query, action: "ListParts", signal });
      if (!reply.ok) return reply;
      const xml = reply.value.body.toString("utf8");
      const read = z.array(partSchema).safeParse(
        elements(xml, "Part").map((part) => ({
          number: textIn(part, "PartNumber"),
          etag: textIn(part, "ETag"),
          bytes: textIn(part, "Size"),
        })),
      );
      if (!read.success || !xml.includes("<ListPartsResult"))
        return notUnderstood("ListParts", read.error?.issues[0]?.path.join(".") ?? "the whole");
      all.push(...read.data.map((part) => ({ ...part, etag: plainEtag(part.etag) })));
      const next = textIn(xml, "NextPartNumberMarker") ?? "";
      if (textIn(xml, "IsTruncated") !== "true") return ok(all);
      if (!(Number(next) > Number(marker))) return notUnderstood("ListParts", "NextPartNumberMarker");
      marker = next;
    }
    return notUnderstood("ListParts", "IsTruncated");
  }

  /** An address to which anybody may PUT this one part, without the credentials, while `seconds` last. */
  async partAddress(
    bucket: string,
    key: string,
    part: { readonly uploadId: string; readonly number: number },
    seconds: number,
  ): Promise<Result<string>> {
    const credentials = await this.#options.credentials();
    if (!credentials.ok) return credentials;
    const { region, endpoint, timing } = this.#options;
    const at = timing.clock() + this.#skewMs;
    const query = { partNumber: String(part.number), uploadId: part.uploadId };
    const request = { method: "PUT", region, bucket, key, query, headers: {}, at } as const;
    const signed = presignOss(request, seconds, credentials.value);
    const address = bucketAddress(endpoint, bucket);
    return ok(`https://${address.endpoint}${address.prefix}${encodedKey(key)}?${canonicalQuery(signed)}`);
  }

  async completeUpload(
    bucket: string,
    key: string,
    uploadId: string,
    parts: readonly UploadedPart[],
    signal: AbortSignal,
  ): Promise<Result<void>> {
    const list = parts
      .toSorted((a, b) => a.number - b.number)
      .map(
        ({ number, etag }) =>
          `<Part><PartNumber>${number}</PartNumber><ETag>"${escapedXml(etag)}"</ETag></Part>`,
      );
    const body = `<CompleteMultipartUpload>${list.join("")}</CompleteMultipartUpload>`;
    const call = { method: "POST", bucket, key, query: { uploadId }, body, mayRepeat: false } as const;
    const done = await this.#call({ ...call, action: "CompleteMultipartUpload", signal });
    return done.ok ? ok() : done;
  }

  /** Fine where it is over. */
  async abortUpload(
    bucket: string,
    key: string,
    uploadId: string,
    signal: AbortSignal,
  ): Promise<Result<void>> {
    const call = { method: "DELETE", bucket, key, query: { uploadId } } as const;
    const done = await this.#call({ ...call, action: "AbortMultipartUpload", signal });
    return done.ok || done.failure.code === "not-found" ? ok() : done;
  }

  /** Fine where it is gone. */
  async deleteObject(bucket: string, key: string, signal: AbortSignal): Promise<Result<void>> {
    const done = await this.#call({
      method: "DELETE",
      bucket,
      key,
      query: {},
      action: "DeleteObject",
      signal,
    });
    return done.ok || done.failure.code === "not-found" ? ok() : done;
  }

  #call(call: Call): Promise<Result<CloudReply>> {
    const { mayRepeat = true, signal } = call;
    return retrying(() => this.#once(call), mayRepeat, this.#options.timing, signal);
  }

  async #once(call: Call, wasSkewed = false): Promise<Result<CloudReply>> {
    const { region, transport, timing } = this.#options;
    const credentials = await this.#options.credentials();
    if (!credentials.ok) return credentials;
    const { method, bucket, key, query, body, signal, action } = call;
    const content =
      body === undefined
        ? {}
        : {
            "content-md5": createHash("md5").update(body).digest("base64"),
            "content-type": "application/xml",
          };
    const at = timing.clock() + this.#skewMs;
    const headers = signOss(
      { method, region, bucket, key, query, at, headers: { ...call.headers, ...content } },
      credentials.value,
    );
    const address = bucketAddress(this.#options.endpoint, bucket);
    const words = canonicalQuery(query).replaceAll(/=(?=&|$)/g, "");
    const path = `${address.prefix}${encodedKey(key)}${words === "" ? "" : `?${words}`}`;
    const length = { "content-length": String(Buffer.byteLength(body ?? "")) };
    const sent = await transport({
      method,
      endpoint: address.endpoint,
      path,
      signal,
      headers: { ...headers, ...length },
      ...(body === undefined ? {} : { body }),
    });
    if (!sent.ok || (sent.value.status >= 200 && sent.value.status < 300)) return sent;
    const { status } = sent.value;
    const xml = sent.value.body.toString("utf8");
    const code =
      textIn(xml, "Code") ??
      (status === 404 ? "NoSuchKey" : status === 403 ? "AccessDenied" : `HTTP ${status}`);
    const requestId = textIn(xml, "RequestId") ?? sent.value.headers["x-oss-request-id"] ?? "";
    const message = textIn(xml, "Message") ?? "";
    const refused = cloudFailure({ code, message, requestId, httpStatus: status, action: `oss:${action}` });
    const serverTime = Date.parse(sent.value.headers["date"] ?? "");
    if (refused.code === "clock-skew" && !wasSkewed && Number.isFinite(serverTime)) {
      this.#skewMs = serverTime - timing.clock();
      return this.#once(call, true);
    }
    return { ok: false, failure: refused };
  }
}

function notUnderstood(action: string, field: string): Result<never> {
  return fail("cloud-reply-invalid", told({ kind: "cloud-reply-field", action: `oss:${action}`, field }), {
    action: `oss:${action}`,
    field,
  });
}
