/** How long a machine of the lab had to wait for a processor: on a busy host that is no fault of what it boots. */
import { readdir, readFile } from "node:fs/promises";

/** Seconds that the thread of process `pid` which waited longest was ready and had no processor; 0 where nobody tells. */
export async function starvedSeconds(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`).catch((): string[] => []);
  const waits = await Promise.all(
    threads.map(async (thread) => {
      const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8").catch(() => "");
      return Number(text.split(" ")[1] ?? "0") / 1e9;
    }),
  );
  return Math.max(0, ...waits);
}
