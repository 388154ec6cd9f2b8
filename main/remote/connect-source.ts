import type { RemoteConnector, RemoteEnvironment, SourceConnector } from "./contract.ts";
import type { WinrmConnector, WinrmEnvironment } from "./winrm/connector.ts";

/** Connects to a source by the way that its address names. */
export function createSourceConnector(ways: {
  readonly ssh: RemoteConnector;
  readonly winrm: WinrmConnector;
}): SourceConnector {
  return {
    async connect({ address }, environment, options) {
      return address.kind === "ssh"
        ? ways.ssh.connect({ address }, environment, options)
        : ways.winrm.connect(address, certificatesAsHostKeys(environment), options);
    },
  };
}

/** A certificate that is seen for the first time is asked about and pinned as a host key is. */
function certificatesAsHostKeys(environment: RemoteEnvironment): WinrmEnvironment {
  return {
    secret: (entry) => environment.secret(entry),
    decideCertificate: ({ host, port, certificate }) =>
      environment.decideHostKey({
        hop: { host, port },
        fingerprint: certificate.fingerprint,
        keyType: "certificate",
        thumbprint: certificate.thumbprint,
      }),
    pinCertificate: (address, fingerprint) => environment.pinHostKey(address, fingerprint),
  };
}
