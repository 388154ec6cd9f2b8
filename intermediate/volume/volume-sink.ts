import type { Result } from "../../common/result.ts";

/**
 * Where a replica's bytes go: a sparse file, a block device, or a wrapper around another sink. This comment is the
 * contract; test/contract/volume-sinks.test.ts holds every sink to it.
 *
 * - **Offsets and lengths** are in bytes, any value within the volume. What would reach beyond `sizeBytes`, or is
 *   negative or no integer, is refused with `storage-failed` and changes nothing.
 * - **Memory**: the sink reads `bytes` (or fills `into`) until the promise settles and not afterwards. Buffers from an
 *   AlignedArena go to the disk directly; any other buffer works too.
 * - **Concurrency**: `write`, `zero` and `read` may overlap in time. Where ranges of overlapping calls intersect, the
 *   result is one of them for each byte, in no promised order. A `read` that begins after a `write` settled sees it.
 * - **Durability**: nothing is promised before `flush`. A successful `flush` makes durable every `write` and `zero` that
 *   had settled successfully when it was called. After a failed `flush` everything since the last successful one is in
 *   doubt, whatever a later `flush` says; write it again.
 * - **Repeating**: every call may be repeated after a failure. A failed `write` or `zero` leaves its range undefined and
 *   the rest of the volume untouched.
 * - **Failures** are `no-space` (the filesystem under the volume is full or over quota) and `storage-failed` (anything
 *   else); `context` has the path, the system's error code and, where they apply, offset and length.
 * - `close` may be called twice; after it every other call fails with `storage-failed`. It does not flush.
 */
export interface VolumeSink {
  readonly sizeBytes: number;
  write(offset: number, bytes: Buffer): Promise<Result<void>>;
  /**
   * Makes the range read as zeros. It may be as long as the volume. Regions that read as zeros already are left alone,
   * so holes stay holes.
   */
  zero(offset: number, length: number): Promise<Result<void>>;
  /**
   * True where the range certainly reads as zeros because the filesystem under the volume stores nothing there; false
   * says nothing. Cheap but for the first call, and never a failure.
   */
  isHole(offset: number, length: number): Promise<boolean>;
  /** Fills `into` from `offset`. */
  read(offset: number, into: Buffer): Promise<Result<void>>;
  flush(): Promise<Result<void>>;
  close(): Promise<void>;
}
