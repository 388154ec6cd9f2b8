/** `POST /api/<procedure>`: JSON in, a result as JSON out. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { procedures, type ProcedureName } from "../../common/api/procedures.ts";
import { fail } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { Assistant } from "../assistant.ts";
import { endAfterAnswer, readBody, sendResult } from "./request-body.ts";

/** Room for bundles; everything else is far smaller. */
const largestBody = 48 * 1024 * 1024;

/** They run as long as their caller waits, which a window may stop doing at any time: windows use `job.start` and `cutover.begin`. */
const notForWindows: ReadonlySet<string> = new Set<ProcedureName>([
  "job.run",
  "cutover.drill",
  "cutover.start",
  "cutover.rollback",
  "cutover.finalise",
]);

export function isProcedureForWindows(name: string): name is ProcedureName {
  return Object.hasOwn(procedures, name) && !notForWindows.has(name);
}

/** Failures of a procedure are its result, so they come with status 200; other statuses are about the request. */
export async function answerProcedure(
  assistant: Assistant,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isProcedureForWindows(name)) {
    sendResult(response, 404, fail("not-found", told({ kind: "no-procedure", name }), { procedure: name }));
    return;
  }
  if (request.headers["content-type"]?.split(";")[0]?.trim() !== "application/json") {
    sendResult(response, 415, fail("input-invalid", told({ kind: "body-must-be-json" }), { field: "body" }));
    return;
  }
  const body = await readBody(request, largestBody);
  if (body === null) {
    endAfterAnswer(response);
    sendResult(response, 413, fail("input-invalid", told({ kind: "request-too-large" }), { field: "body" }));
    return;
  }
  let input: unknown;
  try {
    input = JSON.parse(body.toString("utf8"));
  } catch {
    sendResult(response, 400, fail("input-invalid", told({ kind: "body-no-json" }), { field: "body" }));
    return;
  }
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  // The procedure's own schema checks the input.
  sendResult(response, 200, await assistant.call(name, input as never, gone.signal));
}
