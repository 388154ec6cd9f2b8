import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Gigabytes a second of SHA-256 on one processor, the best of several tries: what reading and hashing cannot exceed. */
export function sha256Ceiling(): number {
  const bytes = Buffer.alloc(1_048_576, 0x5a);
  let best = 0;
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const begun = performance.now();
    for (let part = 0; part < 200; part += 1) hash("sha256", bytes, "buffer");
    best = Math.max(best, (200 * bytes.length) / 1e6 / (performance.now() - begun));
  }
  return best;
}

/** Model and count, with what of it matters here. */
export function describeProcessors(): string {
  const text = readFileSync("/proc/cpuinfo", "utf8");
  const model = /^model name\s*:\s*(.+)$/m.exec(text)?.[1] ?? "unknown";
  const flags = /^flags\s*:\s*(.+)$/m.exec(text)?.[1]?.split(" ") ?? [];
  const wanted = ["aes", "sha_ni", "avx2", "avx512f"].filter((flag) => flags.includes(flag));
  return `${availableParallelism()} × ${model} (${wanted.join(", ")})`;
}
