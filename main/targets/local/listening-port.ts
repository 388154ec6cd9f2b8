/** Ports of this machine, asked by listening on them for a moment. */
import { createServer } from "node:net";
import type { PortState } from "../../../common/domain/port-finding.ts";

/** So many ports after the wished one are tried before any free one is taken: firewalls are opened in ranges. */
const nearby = 20;

/** Whether something could listen there now. */
export function lookAtPort(address: string, port: number): Promise<Exclude<PortState, "ours">> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (error) => {
      const code = "code" in error ? String(error.code) : "";
      resolve(code === "EADDRINUSE" ? "taken" : code === "EACCES" ? "not-allowed" : "no-such-address");
    });
    probe.listen({ host: address, port, exclusive: true }, () => probe.close(() => resolve("free")));
  });
}

/** A free port, a little above `wished` where there is one; null where nothing can listen at all. */
export async function proposePort(
  address: string,
  wished: number,
  taken: readonly number[],
): Promise<number | null> {
  const above = Array.from({ length: nearby }, (_, index) => wished + index + 1);
  for (const port of above.filter((each) => each <= 65_535 && !taken.includes(each)))
    if ((await lookAtPort(address, port)) === "free") return port;
  return anyFreePort(address);
}

function anyFreePort(address: string): Promise<number | null> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(null));
    probe.listen({ host: address, port: 0, exclusive: true }, () => {
      const bound = probe.address();
      probe.close(() => resolve(bound === null || typeof bound === "string" ? null : bound.port));
    });
  });
}
