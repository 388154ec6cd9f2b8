import { request } from "node:https";
import type { SyncStatus } from "../../../common/api/intermediate.ts";
import type { TaskRequest, TaskStatus } from "../../../common/api/intermediate-tasks.ts";
import { unwrap, type Result } from "../../../common/result.ts";
import type { TestAuthority, TestIdentity } from "./test-pki.ts";

/** The assistant's end of the admin API. Answers are returned as they are; the caller knows their shape. */
export class AdminClient {
  readonly #port: number;
  readonly #authority: TestAuthority;
  readonly #identity: TestIdentity;

  constructor(port: number, authority: TestAuthority, identity: TestIdentity) {
    this.#port = port;
    this.#authority = authority;
    this.#identity = identity;
  }

  /** Rejects where no HTTP answer arrives at all. */
  call<T>(method: string, path: string, body?: unknown): Promise<Result<T>> {
    const text = body === undefined ? "" : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: "127.0.0.1",
          port: this.#port,
          servername: "installation.sma.internal",
          method,
          path,
          agent: false,
          ca: this.#authority.caPem,
          cert: this.#identity.certificatePem,
          key: this.#identity.keyPem,
          headers: { "content-type": "application/json", "content-length": Buffer.byteLength(text) },
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on("data", (part: Buffer) => parts.push(part));
          response.on("error", reject);
          response.on("end", () => resolve(JSON.parse(Buffer.concat(parts).toString("utf8")) as Result<T>));
        },
      );
      outgoing.on("error", reject);
      outgoing.end(text);
    });
  }

  async status(jobId: string): Promise<SyncStatus> {
    return unwrap(await this.call<SyncStatus>("GET", `/v1/jobs/${jobId}`));
  }

  /** Polls until `condition` holds; the test's time limit is the patience. */
  async statusWhen(jobId: string, condition: (status: SyncStatus) => boolean): Promise<SyncStatus> {
    for (;;) {
      const status = await this.status(jobId);
      if (condition(status)) return status;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Starts a task and waits for its end. */
  async task(jobId: string, taskRequest: TaskRequest): Promise<TaskStatus> {
    let status = unwrap(await this.call<TaskStatus>("POST", `/v1/jobs/${jobId}/tasks`, taskRequest));
    while (status.state === "running") {
      await new Promise((resolve) => setTimeout(resolve, 20));
      status = unwrap(await this.call<TaskStatus>("GET", `/v1/jobs/${jobId}/tasks/${taskRequest.kind}`));
    }
    return status;
  }
}
