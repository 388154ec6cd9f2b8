/** How much of a slow link a copy uses: a token bucket between two network namespaces. */
import { setTimeout as sleep } from "node:timers/promises";
import { NetworkNamespace } from "../support/network-namespace.ts";
import { OwnContender } from "./own-contender.ts";
import type { LinkResult } from "./result.ts";

const megabits = 100;
/** Ethernet carries 1,514 bytes a frame as the bucket counts them; IPv4, TCP and its timestamps take 66 of them. */
const payloadShare = 1_448 / 1_514;

/** Null where namespaces or token buckets cannot be had here. */
export async function benchLink(directory: string, disk: string): Promise<LinkResult | null> {
  const namespace = NetworkNamespace.make(process.pid % 10_000);
  if (namespace === undefined) return null;
  try {
    namespace.limit(megabits);
    const own = await OwnContender.start({
      directory,
      disk,
      chunkBytes: 1_048_576,
      dataConnections: 2,
      codec: "adaptive",
      namespace,
    });
    const synced = own.sync();
    // From the first bytes that arrived to the end of the copying pass: launching an agent is no matter of the link.
    let begin = { at: 0, payload: 0, link: 0 };
    let end = begin;
    const watch = async (): Promise<void> => {
      for (;;) {
        const status = await own.status();
        const now = {
          at: performance.now(),
          payload: status.wireBytesReceived,
          link: namespace.receivedBytes(),
        };
        if (begin.at === 0 && now.payload > 0) begin = now;
        if (status.pass > 1 || status.phase === "synced") return;
        if (now.payload > end.payload) end = now;
        await sleep(50);
      }
    };
    await Promise.all([synced, watch()]);
    const { status } = await synced;
    await own.stop();
    return {
      megabits,
      payloadRate: (megabits * 1e6 * payloadShare) / 8,
      payloadBytes: end.payload - begin.payload,
      seconds: (end.at - begin.at) / 1000,
      linkBytes: end.link - begin.link,
      rawBytes: status.rawBytesReceived,
    };
  } finally {
    namespace.remove();
  }
}
