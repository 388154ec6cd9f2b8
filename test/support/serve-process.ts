/** `sma serve` in a process of its own, on the built screens. */
import { startSma } from "./run-sma.ts";

export interface ServeProcess {
  readonly origin: string;
  /** Signs one browser in, once. */
  readonly link: string;
  /** Ends the engine as a crash would. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export async function startServe(stateDirectory: string, port = 0): Promise<ServeProcess> {
  const sma = startSma(["serve", "--port", String(port)], { stateDirectory });
  const link = await new Promise<string>((resolve, reject) => {
    let output = "";
    sma.child.stdout?.on("data", (part: string) => {
      output += part;
      const found = /http:\S+/.exec(output)?.[0];
      if (found !== undefined) resolve(found);
    });
    void sma.result.then(({ stderr }) => reject(new Error(`serve ended: ${stderr}`)));
  });
  const end = async (signal: NodeJS.Signals) => {
    sma.child.kill(signal);
    await sma.result;
  };
  return { origin: new URL(link).origin, link, kill: () => end("SIGKILL"), stop: () => end("SIGTERM") };
}
