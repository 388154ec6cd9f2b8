/** Where a demo leaves its replica and image, and the ports of its intermediate. */
import { createServer } from "node:net";
import { join } from "node:path";
import { defaultControlPort, defaultDataPort } from "../../common/domain/plan.ts";

export interface DemoPlace {
  readonly directory: string;
  readonly controlPort: number;
  readonly dataPort: number;
}

/**
 * A folder of the demo's own below the state folder, and the usual ports, or any free ones where another program has
 * the usual ones: nobody should have to stop anything for a demo.
 */
export async function demoPlace(stateDirectory: string, name: string): Promise<DemoPlace> {
  return {
    directory: join(stateDirectory, "demo", name),
    controlPort: (await tryPort(defaultControlPort)) ?? (await tryPort(0)) ?? defaultControlPort,
    dataPort: (await tryPort(defaultDataPort)) ?? (await tryPort(0)) ?? defaultDataPort,
  };
}

/** The port (with 0, any) where it is free; null where it is taken. */
function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(null));
    probe.listen({ host: "0.0.0.0", port, exclusive: true }, () => {
      const bound = probe.address();
      probe.close(() => resolve(bound === null || typeof bound === "string" ? null : bound.port));
    });
  });
}
