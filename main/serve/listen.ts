/** Servers as the system makes them, with the ways in which that fails. */
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { told } from "../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import type { Secret } from "../../common/secret.ts";

/** Without TLS a plain server. */
export function makeServer(
  tls: { readonly certificate: string; readonly key: Secret } | null,
): Result<Server> {
  // Who sends slowly is looked for often enough that the limits on time mean what they say.
  const manners = { connectionsCheckingInterval: 5_000 };
  if (tls === null) return ok(createHttpServer(manners));
  try {
    return ok(createTlsServer({ ...manners, cert: tls.certificate, key: tls.key.reveal() }));
  } catch (error) {
    return fail(
      "input-invalid",
      told({
        kind: "certificate-unusable",
        text: error instanceof Error ? error.message : String(error),
      }),
      { field: "tls" },
      told({ kind: "give-certificate-and-key" }),
    );
  }
}

/** The port that it listens on. */
export function listen(server: Server, address: string, port: number): Promise<Result<number>> {
  return new Promise((resolve) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      resolve(
        error.code === "EADDRINUSE"
          ? fail(
              "port-in-use",
              told({ kind: "port-taken-by-someone", port }),
              { port },
              told({ kind: "choose-port-or-end" }),
            )
          : fail(
              "input-invalid",
              told({ kind: "not-listening", where: `${address}:${port}`, text: error.message }),
              { address, port },
            ),
      ),
    );
    server.listen(port, address, () => {
      const bound = server.address();
      resolve(ok(bound === null || typeof bound === "string" ? port : bound.port));
    });
  });
}
