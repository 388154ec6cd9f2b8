/** OSS, as far as multipart uploads, listing and removing go. Addressed by path, as with an endpoint that is an address. */
import { createHash, randomBytes } from "node:crypto";
import { Refusal, type Answer } from "./refusal.ts";

interface StoredObject {
  readonly content: Buffer;
  readonly meta: Readonly<Record<string, string>>;
}
interface Upload {
  readonly key: string;
  readonly meta: Readonly<Record<string, string>>;
  readonly parts: Map<number, { readonly etag: string; readonly content: Buffer }>;
}
export interface Bucket {
  readonly region: string;
  readonly objects: Map<string, StoredObject>;
  readonly uploads: Map<string, Upload>;
}

/** OSS wants 100 KB of each part but the last; tests of small disks lower it. */
const smallestPart = 102_400;

export class OssStandIn {
  readonly buckets = new Map<string, Bucket>();
  /** How many parts ListParts names at once. */
  pageSize = 1000;

  addBucket(name: string, region: string): Bucket {
    const bucket = { region, objects: new Map(), uploads: new Map() };
    this.buckets.set(name, bucket);
    return bucket;
  }

  actionOf(method: string, url: URL): string {
    const query = url.searchParams;
    const [, bucket = "", ...rest] = decodeURIComponent(url.pathname).split("/");
    const hasKey = rest.join("/") !== "";
    if (bucket === "") return "ListBuckets";
    if (!hasKey)
      return query.has("location")
        ? "GetBucketLocation"
        : query.has("uploads")
          ? "ListMultipartUploads"
          : "GetBucket";
    if (method === "HEAD") return "HeadObject";
    if (method === "POST")
      return query.has("uploads") ? "InitiateMultipartUpload" : "CompleteMultipartUpload";
    if (method === "PUT") return query.has("partNumber") ? "UploadPart" : "PutObject";
    if (method === "DELETE") return query.has("uploadId") ? "AbortMultipartUpload" : "DeleteObject";
    return query.has("uploadId") ? "ListParts" : "GetObject";
  }

  answer(
    method: string,
    url: URL,
    headers: Readonly<Record<string, string | string[] | undefined>>,
    body: Buffer,
    _requestId: string,
  ): Promise<Answer> {
    const query = url.searchParams;
    const [, name = "", ...rest] = decodeURIComponent(url.pathname).split("/");
    const key = rest.join("/");
    const action = this.actionOf(method, url);
    if (action === "ListBuckets") return xml(this.#listBuckets());
    const bucket = this.buckets.get(name);
    if (bucket === undefined) throw new Refusal(404, "NoSuchBucket", "The specified bucket does not exist.");
    const uploadId = query.get("uploadId") ?? "";
    const upload = (): Upload => {
      const found = bucket.uploads.get(uploadId);
      if (found === undefined || found.key !== key)
        throw new Refusal(404, "NoSuchUpload", "The specified upload does not exist.");
      return found;
    };
    switch (action) {
      case "GetBucketLocation":
        return xml(`<LocationConstraint>oss-${bucket.region}</LocationConstraint>`);
      case "ListMultipartUploads":
        return xml(
          `<ListMultipartUploadsResult>${[...bucket.uploads]
            .filter(([, each]) => each.key.startsWith(query.get("prefix") ?? ""))
            .map(([id, each]) => `<Upload><Key>${each.key}</Key><UploadId>${id}</UploadId></Upload>`)
            .join("")}<IsTruncated>false</IsTruncated></ListMultipartUploadsResult>`,
        );
      case "HeadObject": {
        const object = bucket.objects.get(key);
        if (object === undefined) throw new Refusal(404, "NoSuchKey", "The specified key does not exist.");
        return Promise.resolve({
          status: 200,
          body: "",
          type: "application/octet-stream",
          headers: { "content-length": String(object.content.length), ...object.meta },
        });
      }
      case "InitiateMultipartUpload": {
        if (headers["x-oss-forbid-overwrite"] === "true" && bucket.objects.has(key))
          throw new Refusal(409, "FileAlreadyExists", "The object you specified already exists.");
        const id = randomBytes(16).toString("hex").toUpperCase();
        const meta = Object.fromEntries(
          Object.entries(headers).flatMap(([each, value]) =>
            each.startsWith("x-oss-meta-") ? [[each, String(value)]] : [],
          ),
        );
        bucket.uploads.set(id, { key, meta, parts: new Map() });
        return xml(
          `<InitiateMultipartUploadResult><Bucket>${name}</Bucket><Key>${key}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
        );
      }
      case "UploadPart": {
        const number = Number(query.get("partNumber"));
        if (!(number >= 1 && number <= 10_000))
          throw new Refusal(400, "InvalidArgument", "Part number must be 1 to 10000.");
        const etag = createHash("md5").update(body).digest("hex").toUpperCase();
        upload().parts.set(number, { etag, content: body });
        return Promise.resolve({ status: 200, body: "", type: "text/plain", headers: { etag: `"${etag}"` } });
      }
      case "ListParts": {
        const after = Number(query.get("part-number-marker") ?? 0);
        const most = Math.min(this.pageSize, Number(query.get("max-parts") ?? 1000));
        const later = [...upload().parts].filter(([number]) => number > after).sort(([a], [b]) => a - b);
        const page = later.slice(0, most);
        const list = page.map(
          ([number, { etag, content }]) =>
            `<Part><PartNumber>${number}</PartNumber><ETag>&quot;${etag}&quot;</ETag><Size>${content.length}</Size></Part>`,
        );
        return xml(
          `<ListPartsResult><NextPartNumberMarker>${page.at(-1)?.[0] ?? 0}</NextPartNumberMarker><IsTruncated>${later.length > page.length}</IsTruncated>${list.join("")}</ListPartsResult>`,
        );
      }
      case "CompleteMultipartUpload": {
        const md5 = createHash("md5").update(body).digest("base64");
        if (headers["content-md5"] !== undefined && headers["content-md5"] !== md5)
          throw new Refusal(400, "InvalidDigest", "The Content-MD5 you specified is not valid.");
        const { parts, meta } = upload();
        const named = [
          ...body.toString("utf8").matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>"?([0-9A-F]+)"?<\/ETag>/g),
        ];
        const contents = named.map(([, number, etag], index) => {
          const part = parts.get(Number(number));
          if (part === undefined || part.etag !== etag)
            throw new Refusal(400, "InvalidPart", "a part could not be found");
          if (index < named.length - 1 && part.content.length < smallestPart)
            throw new Refusal(400, "EntityTooSmall", "a part is smaller than 100 KB");
          return part.content;
        });
        if (contents.length === 0) throw new Refusal(400, "MalformedXML", "no parts");
        bucket.uploads.delete(uploadId);
        bucket.objects.set(key, { content: Buffer.concat(contents), meta });
        return xml(`<CompleteMultipartUploadResult><Key>${key}</Key></CompleteMultipartUploadResult>`);
      }
      case "AbortMultipartUpload":
        upload();
        bucket.uploads.delete(uploadId);
        return Promise.resolve({ status: 204, body: "", type: "text/plain" });
      case "DeleteObject":
        bucket.objects.delete(key);
        return Promise.resolve({ status: 204, body: "", type: "text/plain" });
      default:
        throw new Refusal(501, "NotImplemented", action);
    }
  }

  #listBuckets(): string {
    const list = [...this.buckets].map(
      ([name, { region }]) =>
        `<Bucket><Location>oss-${region}</Location><Name>${name}</Name><Region>${region}</Region></Bucket>`,
    );
    return `<ListAllMyBucketsResult><Buckets>${list.join("")}</Buckets><IsTruncated>false</IsTruncated></ListAllMyBucketsResult>`;
  }
}

function xml(content: string): Promise<Answer> {
  return Promise.resolve({
    status: 200,
    type: "application/xml",
    body: `<?xml version="1.0" encoding="UTF-8"?>${content}`,
  });
}
