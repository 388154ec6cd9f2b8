import { inEnglish } from "../in-english.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WinrmAddress } from "../../../common/domain/winrm.ts";
import { fail, ok, unwrap } from "../../../common/result.ts";
import { Secret } from "../../../common/secret.ts";
import {
  createWinrmConnector,
  type WinrmConnectorOptions,
  type WinrmEnvironment,
} from "../../../main/remote/winrm/connector.ts";
import type { WindowsSession } from "../../../main/remote/contract.ts";
import { WinrmEndpoint, type WinrmEndpointOptions } from "./endpoint.ts";
import { buildAcceptor, type Account } from "./ntlm-acceptor.ts";
import { ShellService, type ShellServiceOptions } from "./shell-service.ts";
import { WindowsMachine, type WindowsMachineOptions } from "./windows-machine.ts";

export const administrator: Account = { domain: "CORP", user: "Administrator", password: "Pässwört; 秘密" };

export interface LabOptions {
  readonly endpoint?: Partial<WinrmEndpointOptions>;
  readonly shells?: Partial<ShellServiceOptions>;
  readonly machine?: Partial<WindowsMachineOptions>;
}

/** An endpoint with a machine behind it, and a folder for its drive C:. */
export interface WinrmLab {
  readonly endpoint: WinrmEndpoint;
  readonly service: ShellService;
  readonly machine: WindowsMachine;
  readonly driveC: string;
  stop(): Promise<void>;
}

export async function startLab(options: LabOptions = {}): Promise<WinrmLab> {
  const driveC = mkdtempSync(join(tmpdir(), "sma-drive-c-"));
  const machine = new WindowsMachine({ driveC, ...options.machine });
  const service = new ShellService({ machine, ...options.shells });
  const endpoint = await WinrmEndpoint.start({
    acceptorProgram: await buildAcceptor(),
    accounts: [administrator],
    handle: (request, bytes) => service.handle(request, bytes),
    ...options.endpoint,
  });
  return {
    endpoint,
    service,
    machine,
    driveC,
    stop: async () => {
      service.forgetShells();
      await endpoint.stop();
      rmSync(driveC, { recursive: true, force: true });
    },
  };
}

export function httpAddress(lab: WinrmLab, user = "CORP\\Administrator"): WinrmAddress {
  return {
    kind: "winrm",
    scheme: "http",
    host: "127.0.0.1",
    port: lab.endpoint.port,
    authentication: { method: "negotiate", user, passwordEntry: "windows" },
  };
}

export interface ConnectOptions {
  readonly password?: string;
  readonly connector?: Partial<WinrmConnectorOptions>;
  readonly environment?: Partial<WinrmEnvironment>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Connects with the project's client. */
export function connect(address: WinrmAddress, options: ConnectOptions = {}) {
  const connector = createWinrmConnector({ workstation: "LAPTOP", ...options.connector });
  const password = new Secret(options.password ?? administrator.password);
  const environment: WinrmEnvironment = {
    secret: async (entry) =>
      entry === "windows" ? ok(password) : fail("not-found", inEnglish(`no entry ${entry}`)),
    decideCertificate: async () => false,
    pinCertificate: async () => undefined,
    ...options.environment,
  };
  return connector.connect(address, environment, {
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  });
}

/** Connects over HTTP, where that is not what the test is about. */
export async function openSession(lab: WinrmLab, options: ConnectOptions = {}): Promise<WindowsSession> {
  return unwrap(await connect(httpAddress(lab), options));
}
