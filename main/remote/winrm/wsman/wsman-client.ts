import { fail, type Failure, type Result, type Saying } from "../../../../common/result.ts";
import { told } from "../../../../common/domain/report-text/told.ts";
import { faultFailure } from "./fault-failure.ts";
import { parseReply, type WsmanReply } from "./reply.ts";
import { requestEnvelope, type EnvelopeSettings, type WsmanRequest } from "./request-envelope.ts";
import type { XmlElement } from "./xml-reader.ts";

/** Carries an envelope to the service and its answer back. */
export type EnvelopeExchange = (
  envelope: string,
  limits: { readonly timeoutMs: number; readonly maxAnswerBytes: number; readonly signal: AbortSignal },
) => Promise<Result<string>>;

export interface WsmanClientOptions {
  readonly settings: EnvelopeSettings;
  readonly exchange: EnvelopeExchange;
  readonly newUuid: () => string;
}

/** How much later than the operation's own timeout an answer may come, for the way and a busy server. */
const answerGraceMs = 30_000;
/** Servers overshoot the envelope size that they were asked to keep, by the header. */
const sizeGraceBytes = 256 * 1024;

/** Asks a WS-Management service one thing at a time or several at once. Holds nothing between requests. */
export class WsmanClient {
  readonly #options: WsmanClientOptions;

  constructor(options: WsmanClientOptions) {
    this.#options = options;
  }

  /** The server's answer or fault; a failure where none was had. */
  async ask(request: WsmanRequest, signal: AbortSignal): Promise<Result<WsmanReply>> {
    const { settings, exchange, newUuid } = this.#options;
    const messageId = newUuid();
    const envelope = requestEnvelope(settings, messageId, request);
    if (!envelope.ok) return envelope;
    const answer = await exchange(envelope.value, {
      timeoutMs: settings.operationTimeoutMs + answerGraceMs,
      maxAnswerBytes: settings.maxEnvelopeBytes + sizeGraceBytes,
      signal,
    });
    if (!answer.ok) return answer;
    if (answer.value === "") return fail("protocol-violation", told({ kind: "winrm-answer-empty" }));
    return parseReply(answer.value, messageId);
  }

  /** The body of the answer; a fault becomes a failure. `doing` says what for. */
  async askFor(request: WsmanRequest, doing: Saying, signal: AbortSignal): Promise<Result<XmlElement>> {
    const reply = await this.ask(request, signal);
    if (!reply.ok) return reply;
    return reply.value.kind === "answer"
      ? { ok: true, value: reply.value.body }
      : failed(reply.value.fault, doing);
  }
}

function failed(
  fault: Parameters<typeof faultFailure>[0],
  doing: Saying,
): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure: faultFailure(fault, doing) };
}
