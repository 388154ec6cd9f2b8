/** Brings one image file into a bucket, going on where an earlier try ended. */
import type { PartToSend } from "../../../common/api/intermediate-tasks.ts";
import { attempt, fail, FailureError, unwrap, type Result } from "../../../common/result.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import type { CloudResource, CloudStore } from "../../store/cloud-store.ts";
import type { PartSender } from "../contract.ts";
import type { UploadedPart } from "./api/oss.ts";
import { objectOf } from "./cloud-things.ts";
import type { CloudRegion } from "./connections.ts";

export interface UploadOrder {
  /** The ledger's entry of the object. */
  readonly resource: CloudResource;
  readonly path: string;
  readonly fileBytes: number;
  readonly send: PartSender;
  readonly signal: AbortSignal;
  /** Bytes of the file that are in the bucket. */
  onProgress(bytes: number): void;
}

const mebibyte = 1024 ** 2;
const smallestPart = 16 * mebibyte;
const mostParts = 9_000;
/** Addresses that are given out at once. */
const batch = 16;
const addressSeconds = 3_600;

/** The parts of a file, the same each time it is asked. OSS takes at most 10,000. */
export function partsOf(fileBytes: number, least = smallestPart): Omit<PartToSend, "url">[] {
  const size = Math.max(least, Math.ceil(fileBytes / mostParts / mebibyte) * mebibyte);
  return Array.from({ length: Math.max(1, Math.ceil(fileBytes / size)) }, (_, index) => {
    const offset = index * size;
    return { number: index + 1, offset, length: Math.min(size, fileBytes - offset) };
  });
}

/** Resolves when the whole object is there under its token. May be repeated. */
export function uploadImage(
  order: UploadOrder,
  region: CloudRegion,
  store: CloudStore,
): Promise<Result<void>> {
  return attempt(async () => {
    const { resource, fileBytes, signal } = order;
    const { oss, account } = region;
    const { bucket, key } = objectOf(resource);
    const isThere = async (): Promise<boolean> => {
      const object = unwrap(await oss.object(bucket, key, signal));
      if (object === null) return false;
      if (object.bytes === fileBytes && object.token === resource.token) return true;
      const why = told({ kind: "object-not-ours", name: `${bucket}/${key}`, size: object.bytes });
      throw new FailureError(fail("already-exists", why, { bucket, key }).failure);
    };
    if (await isThere()) return;
    const [running] = unwrap(await oss.uploads(bucket, key, signal));
    const uploadId = running ?? unwrap(await oss.beginUpload(bucket, key, resource.token, signal));
    store.noteMade(resource.token, key, uploadId);

    const wanted = partsOf(fileBytes);
    const isWhole = (part: Omit<PartToSend, "url">, there: readonly UploadedPart[]): boolean =>
      there.some(({ number, bytes }) => number === part.number && bytes === part.length);
    const before = unwrap(await oss.parts(bucket, key, uploadId, signal));
    const missing = wanted.filter((part) => !isWhole(part, before));
    let arrived = fileBytes - missing.reduce((sum, { length }) => sum + length, 0);
    order.onProgress(arrived);
    while (missing.length > 0) {
      const now = missing.splice(0, batch);
      const parts: PartToSend[] = [];
      for (const part of now) {
        const url = unwrap(
          await oss.partAddress(bucket, key, { uploadId, number: part.number }, addressSeconds),
        );
        parts.push({ ...part, url });
      }
      const { authorityPem } = account;
      const base = arrived;
      unwrap(
        await order.send({ path: order.path, authorityPem, parts }, signal, (bytes) =>
          order.onProgress(base + bytes),
        ),
      );
      arrived += now.reduce((sum, { length }) => sum + length, 0);
      order.onProgress(arrived);
    }
    const there = unwrap(await oss.parts(bucket, key, uploadId, signal));
    const lost = wanted.find((part) => !isWhole(part, there));
    if (lost !== undefined) {
      const why = told({ kind: "part-lost", part: lost.number });
      throw new FailureError(fail("upload-corrupt", why, { bucket, key }).failure);
    }
    const list = there.filter(({ number }) => number <= wanted.length);
    const completed = await oss.completeUpload(bucket, key, uploadId, list, signal);
    // Where the reply was lost, the object tells whether it was done.
    if (!completed.ok && !(await isThere())) unwrap(completed);
    if (!(await isThere())) {
      const why = told({ kind: "object-lost", name: `${bucket}/${key}` });
      throw new FailureError(fail("upload-corrupt", why, { bucket, key }).failure);
    }
  });
}
