import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { WinrmAddress, WinrmTlsAddress } from "../../../../common/domain/winrm.ts";
import { fail, ok, type Result } from "../../../../common/result.ts";
import { told } from "../../../../common/domain/report-text/told.ts";
import { explainDialError } from "./dial-failure.ts";

export interface DialedSocket {
  readonly socket: Socket;
  /** DER of the certificate that the server showed; null over plain HTTP. */
  readonly certificate: Buffer | null;
}

/**
 * Connects to the service, with TLS where the address says so. No certificate authority is asked: the caller compares
 * the certificate with its pin before anything is sent.
 */
export function dial(
  address: WinrmAddress,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Result<DialedSocket>> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve(fail("cancelled", told({ kind: "connecting-given-up" })));
      return;
    }
    const socket = address.scheme === "https" ? openTls(address) : connectTcp(address.port, address.host);
    const finish = (result: Result<DialedSocket>) => {
      limit.removeEventListener("abort", abandon);
      socket.removeListener("error", refuse);
      if (!result.ok) {
        socket.on("error", () => undefined);
        socket.destroy();
      }
      resolve(result);
    };
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const abandon = () => {
      const silent = Object.assign(new Error(`no answer within ${timeoutMs / 1000} s`), {
        code: "ETIMEDOUT",
      });
      finish(
        signal.aborted
          ? fail("cancelled", told({ kind: "connecting-given-up" }))
          : explainDialError(silent, address),
      );
    };
    const refuse = (error: Error) => finish(explainDialError(error, address));
    limit.addEventListener("abort", abandon, { once: true });
    socket.once("error", refuse);
    socket.once(address.scheme === "https" ? "secureConnect" : "connect", () => {
      socket.setNoDelay(true);
      const certificate = address.scheme === "https" ? shownCertificate(socket as TLSSocket) : null;
      finish(ok({ socket, certificate }));
    });
  });
}

function openTls(address: WinrmTlsAddress): TLSSocket {
  return connectTls({
    host: address.host,
    port: address.port,
    ...(isIP(address.host) === 0 ? { servername: address.host } : {}),
    // Pinned by the caller instead: WinRM's certificates are self-signed nearly everywhere.
    rejectUnauthorized: false,
    ...(address.legacyAlgorithms
      ? { minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" }
      : { minVersion: "TLSv1.2" }),
  });
}

function shownCertificate(socket: TLSSocket): Buffer {
  const certificate = socket.getPeerX509Certificate();
  return certificate === undefined ? Buffer.alloc(0) : certificate.raw;
}
