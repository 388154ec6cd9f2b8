import { Writable } from "node:stream";
import { zstdCompressSync, constants } from "node:zlib";
import { ok, type Result } from "../../common/result.ts";
import type { RemoteSession } from "../remote/contract.ts";

const mebibyte = 1024 * 1024;
const samples = 4;
const sampleMebibytes = 4;
const readMebibytes = 64;
const timeoutMs = 60_000;

export interface RateSample {
  /** Of the way from the source to this machine, through SSH. */
  readonly bandwidthBytesPerSecond: number;
  readonly diskReadBytesPerSecond: number | null;
  /** Of what is not zeros, under the agent's default level; null where the sample held nothing but zeros. */
  readonly compressionRatio: number | null;
}

// O_DIRECT where this dd can: a page cache would flatter the disk. The fourth parameter says where the data go.
const readScript = `
LC_ALL=C; export LC_ALL
if dd if="$1" of=/dev/null bs=1048576 count=1 iflag=direct 2>/dev/null; then
  direct=iflag=direct
else
  direct=
fi
if [ "$4" = nowhere ]; then
  dd if="$1" of=/dev/null bs=1048576 skip="$2" count="$3" $direct 2>/dev/null
else
  dd if="$1" bs=1048576 skip="$2" count="$3" $direct 2>/dev/null
fi
`;

/**
 * Measures a live source for the estimate: reads 16 MiB of the disk over the session, from four places, and 64 MiB
 * into nowhere. Reads only. Null where the disk cannot be read (no root, a disk smaller than the sample).
 */
export async function measureRates(
  session: RemoteSession,
  disk: { readonly path: string; readonly sizeBytes: number },
  nowMs: () => number,
  signal: AbortSignal,
): Promise<Result<RateSample | null>> {
  const wholeMebibytes = Math.floor(disk.sizeBytes / mebibyte);
  if (wholeMebibytes < samples * sampleMebibytes + readMebibytes) return ok(null);
  const options = { elevated: true, timeoutMs, signal };

  const received: Buffer[] = [];
  let seconds = 0;
  for (let index = 0; index < samples; index += 1) {
    const skip = Math.floor(((wholeMebibytes - sampleMebibytes) * (index + 0.5)) / samples);
    const sink = new Writable({
      write(part: Buffer, _encoding, done) {
        received.push(Buffer.from(part));
        done();
      },
    });
    const begun = nowMs();
    const parameters = [disk.path, String(skip), String(sampleMebibytes), "here"];
    const read = await session.script(readScript, parameters, { ...options, stdoutTo: sink });
    if (!read.ok) return read;
    if (read.value.exitCode !== 0) return ok(null);
    seconds += (nowMs() - begun) / 1000;
  }
  const sample = Buffer.concat(received);
  if (sample.length < mebibyte || seconds <= 0) return ok(null);

  const begun = nowMs();
  const discarded = await session.script(
    readScript,
    [disk.path, "0", String(readMebibytes), "nowhere"],
    options,
  );
  if (!discarded.ok) return discarded;
  const readSeconds = (nowMs() - begun) / 1000;
  return ok({
    bandwidthBytesPerSecond: sample.length / seconds,
    diskReadBytesPerSecond:
      discarded.value.exitCode === 0 && readSeconds > 0 ? (readMebibytes * mebibyte) / readSeconds : null,
    compressionRatio: ratioOf(sample),
  });
}

/** Bytes before compression for one after it, over the mebibytes that hold anything. */
function ratioOf(sample: Buffer): number | null {
  let before = 0;
  let after = 0;
  for (let at = 0; at < sample.length; at += mebibyte) {
    const chunk = sample.subarray(at, at + mebibyte);
    if (chunk.every((byte) => byte === 0)) continue;
    before += chunk.length;
    // What does not shrink travels as it is.
    const level = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
    after += Math.min(chunk.length, zstdCompressSync(chunk, level).length);
  }
  return before === 0 ? null : before / after;
}
