import { fail, ok, type Result } from "../../../../common/result.ts";
import { told } from "../../../../common/domain/report-text/told.ts";
import { parseFault, type WsmanFault } from "./fault.ts";
import { namespaces } from "./namespaces.ts";
import { readXml, type XmlElement } from "./xml-reader.ts";
import { child, descend } from "./xml-tree.ts";

/** What the server answered: the SOAP body, or a fault. */
export type WsmanReply =
  | { readonly kind: "answer"; readonly body: XmlElement }
  | { readonly kind: "fault"; readonly fault: WsmanFault };

/**
 * Reads an answer to the request with this message id. Fails with `protocol-violation` where it is not a SOAP envelope
 * or answers another request.
 */
export function parseReply(text: string, messageId: string): Result<WsmanReply> {
  const document = readXml(text);
  if (!document.ok) return document;
  const envelope = document.value;
  const body = child(envelope, namespaces.soap, "Body");
  if (envelope.namespace !== namespaces.soap || envelope.name !== "Envelope" || body === null) {
    return fail("protocol-violation", told({ kind: "no-soap-envelope" }));
  }
  const faultElement = child(body, namespaces.soap, "Fault");
  const header = child(envelope, namespaces.soap, "Header");
  const relatesTo = header === null ? null : descend(header, namespaces.addressing, "RelatesTo");
  if (!isSameId(relatesTo?.text ?? null, messageId, faultElement !== null)) {
    return fail("protocol-violation", told({ kind: "answered-other-request" }));
  }
  if (faultElement !== null) return ok({ kind: "fault", fault: parseFault(faultElement) });
  return ok({ kind: "answer", body });
}

/** A fault may come from a server that could not read our header; then it relates to nothing, or to nil. */
function isSameId(relatesTo: string | null, messageId: string, isFault: boolean): boolean {
  const id = relatesTo?.trim().toLowerCase() ?? "";
  if (isFault && (id === "" || /^uuid:0{8}-(?:0{4}-){3}0{12}$/.test(id))) return true;
  return id === `uuid:${messageId.toLowerCase()}`;
}
