import type { TLSSocket } from "node:tls";

/** Who a connection is from and for, as its certificate and server name say; nothing here is trusted unchecked. */
export interface PeerIdentity {
  readonly organization: string | undefined;
  readonly unit: string | undefined;
  readonly commonName: string | undefined;
  /** Lower-case hex without leading zeros. */
  readonly serial: string;
  /** The job of the server name, or undefined where it names none. */
  readonly jobId: string | undefined;
}

const jobSuffix = ".job.sma.internal";

/** The job that a TLS server name stands for. */
export function jobOfServerName(serverName: string | false | null | undefined): string | undefined {
  if (typeof serverName !== "string" || !serverName.endsWith(jobSuffix)) return undefined;
  return serverName.slice(0, -jobSuffix.length);
}

export function normalSerial(hex: string): string {
  return hex
    .toLowerCase()
    .replaceAll(":", "")
    .replace(/^0+(?=.)/, "");
}

/** A name that occurs twice in a subject comes as a list: such a certificate is none of ours. */
const single = (value: string | string[] | undefined): string | undefined =>
  typeof value === "string" ? value : undefined;

export function identityOf(socket: TLSSocket): PeerIdentity {
  const certificate = socket.getPeerCertificate();
  return {
    organization: single(certificate.subject?.O),
    unit: single(certificate.subject?.OU),
    commonName: single(certificate.subject?.CN),
    serial: normalSerial(certificate.serialNumber ?? ""),
    jobId: jobOfServerName(socket.servername),
  };
}

/** Why a peer may not speak as the agent of the job that it named; undefined where it may. */
export function agentObstacle(
  peer: PeerIdentity,
  installation: string,
  accepts: (serial: string) => boolean,
): string | undefined {
  if (peer.jobId === undefined) return "the server name names no job";
  if (peer.organization !== installation) return "the certificate is of another installation";
  if (peer.unit !== "sma-agent") return "the certificate is not an agent's";
  if (peer.commonName !== peer.jobId) return "the certificate is another job's";
  return accepts(peer.serial) ? undefined : "the certificate was revoked";
}

/** Why a peer may not use the admin API; undefined where it may. */
export function assistantObstacle(peer: PeerIdentity, installation: string): string | undefined {
  if (peer.jobId !== undefined) return "the server name is a job's";
  if (peer.organization !== installation) return "the certificate is of another installation";
  if (peer.unit !== "sma-assistant" || peer.commonName !== "installation") {
    return "the certificate is not the assistant's";
  }
  return undefined;
}
