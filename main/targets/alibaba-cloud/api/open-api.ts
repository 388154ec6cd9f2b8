/** Calls of the API gateway: signed, tried again where that can help, and every reply checked by its schema. */
import { tellIssue } from "../../../../common/domain/report-text/tell-issue.ts";
import { told } from "../../../../common/domain/report-text/told.ts";
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { fail, ok, type Result } from "../../../../common/result.ts";
import { cloudFailure } from "./cloud-errors.ts";
import type { CloudReply, CloudTransport } from "./https-transport.ts";
import { retrying, type Timing } from "./retrying.ts";
import { canonicalQuery, signAction, type CloudCredentials } from "./signatures.ts";

export type ActionParameter =
  | string
  | number
  | boolean
  | undefined
  | readonly ActionParameter[]
  | { readonly [key: string]: ActionParameter };

export interface OpenApiOptions {
  /** For people: `ecs`. */
  readonly product: string;
  readonly endpoint: string;
  readonly version: string;
  readonly transport: CloudTransport;
  /** Asked before each request: temporary credentials change. */
  credentials(): Promise<Result<CloudCredentials>>;
  readonly timing: Timing;
}

export interface ActionCall<S extends z.ZodType> {
  readonly action: string;
  readonly parameters: Readonly<Record<string, ActionParameter>>;
  readonly reply: S;
  readonly signal: AbortSignal;
}

const errorSchema = z.object({
  Code: z.string(),
  Message: z.string().default(""),
  RequestId: z.string().default(""),
});

/** `A.1.B=…` for lists and nested fields, as the gateway wants them; what is undefined stays out. */
export function flattened(parameters: Readonly<Record<string, ActionParameter>>): Record<string, string> {
  const flat: Record<string, string> = {};
  const put = (name: string, value: ActionParameter): void => {
    if (value === undefined) return;
    if (Array.isArray(value))
      value.forEach((each: ActionParameter, index) => put(`${name}.${index + 1}`, each));
    else if (typeof value === "object")
      for (const [key, each] of Object.entries(value)) put(`${name}.${key}`, each as ActionParameter);
    else flat[name] = String(value);
  };
  for (const [name, value] of Object.entries(parameters)) put(name, value);
  return flat;
}

export class OpenApi {
  readonly #options: OpenApiOptions;
  /** The server's clock less this machine's; found out when a request is turned away for its time. */
  #skewMs = 0;

  constructor(options: OpenApiOptions) {
    this.#options = options;
  }

  /**
   * Failures: those of resources/alibaba-cloud/errors.json, `cloud-unreachable`, `cloud-reply-invalid`, `cancelled`.
   * A request that creates something has a ClientToken, and so may be made again like one that only asks.
   */
  async call<S extends z.ZodType>(call: ActionCall<S>): Promise<Result<z.output<S>>> {
    const { action, parameters, signal } = call;
    const isRepeatable =
      action.startsWith("Describe") || parameters["ClientToken"] !== undefined || isState(action);
    const query = flattened(parameters);
    const reply = await retrying(
      () => this.#once(action, query, signal),
      isRepeatable,
      this.#options.timing,
      signal,
    );
    return reply.ok ? this.#read(call, reply.value) : reply;
  }

  async #once(
    action: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
    wasSkewed = false,
  ): Promise<Result<CloudReply>> {
    const { endpoint, version, transport, timing, product } = this.#options;
    const credentials = await this.#options.credentials();
    if (!credentials.ok) return credentials;
    const at = timing.clock() + this.#skewMs;
    const headers = signAction(
      { host: endpoint, action, version, query, at, nonce: randomUUID() },
      credentials.value,
    );
    const path = `/?${canonicalQuery(query)}`;
    const sent = await transport({
      method: "POST",
      endpoint,
      path,
      signal,
      headers: { ...headers, accept: "application/json", "content-length": "0" },
    });
    if (!sent.ok || (sent.value.status >= 200 && sent.value.status < 300)) return sent;
    const { status, body } = sent.value;
    const error = errorSchema.safeParse(parsed(body));
    const refusal = error.success
      ? { code: error.data.Code, message: error.data.Message, requestId: error.data.RequestId }
      : { code: `HTTP ${status}`, message: "", requestId: "" };
    const refused = cloudFailure({ ...refusal, httpStatus: status, action: `${product}:${action}` });
    const serverTime = Date.parse(sent.value.headers["date"] ?? "");
    if (refused.code === "clock-skew" && !wasSkewed && Number.isFinite(serverTime)) {
      this.#skewMs = serverTime - timing.clock();
      return this.#once(action, query, signal, true);
    }
    return { ok: false, failure: refused };
  }

  #read<S extends z.ZodType>({ action, reply }: ActionCall<S>, { body }: CloudReply): Result<z.output<S>> {
    const { product } = this.#options;
    const read = reply.safeParse(parsed(body));
    if (read.success) return ok(read.data);
    const [issue] = read.error.issues;
    const field = issue?.path.join(".") ?? "";
    return fail(
      "cloud-reply-invalid",
      told(
        field === ""
          ? { kind: "reply-whole-not-understood", action: `${product}:${action}`, because: tellIssue(issue) }
          : {
              kind: "reply-not-understood",
              action: `${product}:${action}`,
              field,
              because: tellIssue(issue),
            },
      ),
      { action: `${product}:${action}`, field },
    );
  }
}

/** Requests that bring about a state, so that a second one changes nothing. */
const isState = (action: string): boolean => /^(Start|Stop|Delete|Cancel|Get)/.test(action);

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return null;
  }
}
