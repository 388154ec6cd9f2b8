/** Where a demo leaves its replica and image, and the ports of its intermediate. */
import { join } from "node:path";
import { defaultControlPort, defaultDataPort } from "../../common/domain/plan.ts";
import { lookAtPort, proposePort } from "../targets/local/listening-port.ts";

export interface DemoPlace {
  readonly directory: string;
  readonly controlPort: number;
  readonly dataPort: number;
}

const everywhere = "0.0.0.0";

/**
 * A folder of the demo's own below the state folder, and the usual ports, or any free ones where another program has
 * the usual ones: nobody should have to stop anything for a demo.
 */
export async function demoPlace(stateDirectory: string, name: string): Promise<DemoPlace> {
  const controlPort = await freeOr(defaultControlPort, []);
  return {
    directory: join(stateDirectory, "demo", name),
    controlPort,
    dataPort: await freeOr(defaultDataPort, [controlPort]),
  };
}

async function freeOr(port: number, taken: readonly number[]): Promise<number> {
  if (!taken.includes(port) && (await lookAtPort(everywhere, port)) === "free") return port;
  return (await proposePort(everywhere, port, taken)) ?? port;
}
