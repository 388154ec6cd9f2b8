/** The assistant's side of the intermediate's admin API: JSON over HTTPS with certificates on both sides. */
import { Agent, request } from "node:https";
import type { PeerCertificate } from "node:tls";
import { z } from "zod";
import {
  blockMapSchema,
  daemonStatusSchema,
  resultEnvelope,
  syncStatusSchema,
} from "../../common/api/intermediate.ts";
import { replicaSnapshotSchema, taskStatusSchema } from "../../common/api/intermediate-tasks.ts";
import { fail, type Result } from "../../common/result.ts";
import { tellIssue } from "../../common/domain/report-text/tell-issue.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { serverName, installationName, type Identity } from "../pki/authority.ts";
import type { IntermediateClient } from "./contract.ts";

export interface IntermediateClientOptions {
  readonly host: string;
  readonly port: number;
  readonly installation: string;
  readonly caPem: string;
  readonly identity: Identity;
  readonly timeoutMs: number;
}

/** Terabytes in fragments take their filesystem minutes to let go of; the answer comes when they are gone. */
const removalTimeoutMs = 15 * 60_000;
const answerLimitBytes = 16 * 1024 * 1024;
const untrustedCodes = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "CERT_SIGNATURE_FAILURE",
]);
const clockCodes = new Set(["CERT_NOT_YET_VALID", "CERT_HAS_EXPIRED"]);

export function createIntermediateClient(options: IntermediateClientOptions): IntermediateClient {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 4,
    ca: options.caPem,
    cert: options.identity.certificatePem,
    key: options.identity.key.reveal(),
    servername: serverName(installationName),
    minVersion: "TLSv1.2",
    ALPNProtocols: ["http/1.1"],
    checkServerIdentity: (_name: string, peer: PeerCertificate) => checkPeer(peer, options.installation),
  });

  const call = <T extends z.ZodType>(
    method: string,
    path: string,
    body: unknown,
    schema: T,
    timeoutMs = options.timeoutMs,
  ) =>
    exchange(agent, { ...options, timeoutMs }, method, path, body).then((answer) =>
      answer.ok ? parseAnswer(answer.value, schema) : answer,
    );

  const jobPath = (jobId: string) => `/v1/jobs/${encodeURIComponent(jobId)}`;
  const nothing = z.null();

  return {
    status: () => call("GET", "/v1/status", null, daemonStatusSchema),
    provision: (jobId, provision) => call("PUT", jobPath(jobId), provision, syncStatusSchema),
    job: (jobId) => call("GET", jobPath(jobId), null, syncStatusSchema),
    blockMap: (jobId, diskId, cells) =>
      call("GET", `${jobPath(jobId)}/disks/${diskId}/map?cells=${cells}`, null, blockMapSchema),
    sync: (jobId, wanted) => call("POST", `${jobPath(jobId)}/sync`, wanted, syncStatusSchema),
    tune: (jobId, tuning) => call("POST", `${jobPath(jobId)}/tune`, tuning, syncStatusSchema),
    pause: (jobId, wanted) => call("POST", `${jobPath(jobId)}/pause`, wanted, syncStatusSchema),
    revokeAgent: (jobId, nextSerial) =>
      call("POST", `${jobPath(jobId)}/revoke-agent`, { nextSerial }, syncStatusSchema),
    startTask: (jobId, task) => call("POST", `${jobPath(jobId)}/tasks`, task, taskStatusSchema),
    task: (jobId, kind) => call("GET", `${jobPath(jobId)}/tasks/${kind}`, null, taskStatusSchema),
    cancelTask: (jobId, kind) => call("DELETE", `${jobPath(jobId)}/tasks/${kind}`, null, taskStatusSchema),
    snapshots: (jobId) => call("GET", `${jobPath(jobId)}/snapshots`, null, z.array(replicaSnapshotSchema)),
    keepReceipt: async (jobId, text) =>
      asVoid(await call("PUT", `${jobPath(jobId)}/receipt`, { text }, nothing)),
    finish: (jobId) => call("POST", `${jobPath(jobId)}/finish`, {}, syncStatusSchema),
    removeJob: async (jobId, keepImages) =>
      asVoid(await call("DELETE", jobPath(jobId), { keepImages }, nothing, removalTimeoutMs)),
    shutdown: async () => asVoid(await call("POST", "/v1/shutdown", {}, nothing)),
  };
}

function asVoid(result: Result<null>): Result<void> {
  return result.ok ? { ok: true, value: undefined } : result;
}

function checkPeer(peer: PeerCertificate, installation: string): Error | undefined {
  const { O, OU, CN } = peer.subject;
  if (O === installation && OU === "sma-intermediate" && CN === installationName) return undefined;
  return Object.assign(new Error("the certificate is not this installation's"), {
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  });
}

function exchange(
  agent: Agent,
  options: IntermediateClientOptions,
  method: string,
  path: string,
  body: unknown,
): Promise<Result<string>> {
  return new Promise((resolve) => {
    const payload = body === null ? null : Buffer.from(JSON.stringify(body));
    const where = { host: options.host, port: options.port };
    const call = request(
      {
        ...where,
        agent,
        method,
        path,
        timeout: options.timeoutMs,
        headers:
          payload === null ? {} : { "content-type": "application/json", "content-length": payload.length },
      },
      (response) => {
        const parts: Buffer[] = [];
        let size = 0;
        response.on("data", (part: Buffer) => {
          size += part.length;
          if (size > answerLimitBytes) call.destroy(new Error("the answer is too large"));
          parts.push(part);
        });
        response.on("end", () => resolve({ ok: true, value: Buffer.concat(parts).toString("utf8") }));
        response.on("error", (error) => resolve(describe(error, where)));
      },
    );
    call.on("timeout", () => call.destroy(new Error(`no answer within ${options.timeoutMs} ms`)));
    call.on("error", (error) => resolve(describe(error, where)));
    call.end(payload ?? undefined);
  });
}

function describe(error: Error, where: { host: string; port: number }): Result<never> {
  const code = "code" in error ? String(error.code) : "";
  if (untrustedCodes.has(code)) {
    return fail(
      "peer-not-trusted",
      told({ kind: "port-answers-other", where: `${where.host}:${where.port}` }),
      where,
      told({ kind: "free-port-or-choose" }),
    );
  }
  if (clockCodes.has(code)) {
    return fail("clock-skew", told({ kind: "intermediate-certificate-not-valid-now" }), {
      ...where,
      code,
    });
  }
  return fail(
    "intermediate-unreachable",
    told({ kind: "intermediate-silent", where: `${where.host}:${where.port}`, text: error.message }),
    where,
  );
}

function parseAnswer<T extends z.ZodType>(text: string, schema: T): Result<z.infer<T>> {
  try {
    const parsed = resultEnvelope(schema).safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data as Result<z.infer<T>>;
    return fail(
      "protocol-mismatch",
      told({ kind: "intermediate-answer-odd", because: tellIssue(parsed.error.issues[0]) }),
    );
  } catch {
    return fail("protocol-mismatch", told({ kind: "intermediate-answer-no-json" }));
  }
}
