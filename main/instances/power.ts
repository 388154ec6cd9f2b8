import type { Result } from "../../common/result.ts";
import type { InstanceSpec } from "../../common/domain/instance.ts";
import type { InstanceDocument } from "../store/cutover-store.ts";

export interface PowerState {
  readonly power: "running" | "stopped";
  readonly pid: number | null;
}

/** Who runs an instance's machine. Every call may be repeated. */
export interface PowerDriver {
  /** Fails where nobody can tell: disks of a machine that may be running must not be touched. */
  state(instance: InstanceDocument): Promise<Result<PowerState>>;
  /** Starts a stopped machine that then lives on without this process; which accelerator it got. */
  start(instance: InstanceDocument, signal: AbortSignal): Promise<Result<"kvm" | "tcg">>;
  /** Asks the guest to shut down; after `graceSeconds` the plug is pulled. Resolves when it is off. */
  stop(instance: InstanceDocument, graceSeconds: number, signal: AbortSignal): Promise<Result<void>>;
  /** Writes a picture of the screen (PPM) to `path`; false where there is none to be had. */
  dumpScreen(instance: InstanceDocument, path: string): Promise<boolean>;
  /** Forgets what the driver itself keeps of a stopped machine. */
  forget(instance: InstanceDocument): Promise<Result<void>>;
}

/** Names of an instance's files in its folder. */
export const instanceFiles = {
  console: "console.log",
  serialSocket: "serial.sock",
  monitorSocket: "monitor.sock",
  pid: "qemu.pid",
  firmwareVariables: "firmware-variables.fd",
  screen: "screen.ppm",
  picture: "last-screen.png",
  domain: "domain.xml",
} as const;

/** QEMU's own network with an instance's forwards, as its `-netdev` wants it. */
export function userNetwork({ forwards }: Pick<InstanceSpec, "forwards">): string {
  const words = forwards.map(({ listenAddress, hostPort, guestPort }) => {
    const address = listenAddress.includes(":") ? `[${listenAddress}]` : listenAddress;
    return `,hostfwd=tcp:${address}:${hostPort}-:${guestPort}`;
  });
  return `user,id=net${words.join("")}`;
}
