/** `sma serve` in a process of its own, on the built screens. */
import { startSma, type SmaOptions } from "./run-sma.ts";

export interface ServeProcess {
  readonly origin: string;
  /** Signs one browser in, once. */
  readonly link: string;
  readonly pid: number;
  /** Ends the engine as a crash would. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export async function startServe(
  stateDirectory: string,
  port = 0,
  { more = [], ...options }: Partial<SmaOptions> & { readonly more?: readonly string[] } = {},
): Promise<ServeProcess> {
  const sma = startSma(["serve", "--port", String(port), ...more], { stateDirectory, ...options });
  const link = await new Promise<string>((resolve, reject) => {
    let output = "";
    sma.child.stdout?.on("data", (part: string) => {
      output += part;
      const found = /http:\S+/.exec(output)?.[0];
      if (found !== undefined) resolve(found);
    });
    void sma.result.then(({ stderr }) => reject(new Error(`serve ended: ${stderr}`)));
  });
  let isToEnd = false;
  void sma.result.then(({ exitCode, signal, stderr }) => {
    if (!isToEnd) process.stderr.write(`serve ended by itself (${signal ?? exitCode}): ${stderr}\n`);
  });
  const end = async (signal: NodeJS.Signals) => {
    isToEnd = true;
    sma.child.kill(signal);
    await sma.result;
  };
  const pid = sma.child.pid ?? 0;
  return { origin: new URL(link).origin, link, pid, kill: () => end("SIGKILL"), stop: () => end("SIGTERM") };
}
