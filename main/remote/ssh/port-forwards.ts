import { connect } from "node:net";
import type { Client } from "ssh2";
import { fail, ok, type Result } from "../../../common/result.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import type { ChannelPool } from "./channel-pool.ts";

/** Ports on the source's loopback that lead to ports on the assistant's. They end with the connection. */
export class PortForwards {
  readonly #client: Client;
  readonly #pool: ChannelPool;
  readonly #localPorts = new Map<number, number>();

  constructor(client: Client, pool: ChannelPool) {
    this.#client = client;
    this.#pool = pool;
    client.on("tcp connection", (details, accept, reject) => {
      const localPort = this.#localPorts.get(details.destPort);
      if (localPort === undefined) return reject();
      const channel = accept();
      const socket = connect({ host: "127.0.0.1", port: localPort });
      socket.setNoDelay(true);
      // Either side's end, orderly or not, ends the other.
      socket.on("error", () => channel.destroy());
      channel.on("error", () => socket.destroy());
      channel.on("close", () => socket.destroy());
      channel.pipe(socket).pipe(channel);
    });
  }

  /** Has the server listen on a port of its own choice. */
  add(localPort: number): Promise<Result<{ readonly remotePort: number }>> {
    return new Promise((resolve) => {
      const { lost } = this.#pool;
      if (lost !== null) return resolve({ ok: false, failure: lost });
      const stopListening = this.#pool.whenLost((failure) => resolve({ ok: false, failure }));
      this.#client.forwardIn("127.0.0.1", 0, (error, remotePort) => {
        stopListening();
        if (error) {
          const remedy = told({ kind: "allow-remote-forwarding" });
          return resolve(
            fail(
              "command-failed",
              told({ kind: "no-port-opened", text: error.message }),
              { localPort },
              remedy,
            ),
          );
        }
        this.#localPorts.set(remotePort, localPort);
        resolve(ok({ remotePort }));
      });
    });
  }
}
