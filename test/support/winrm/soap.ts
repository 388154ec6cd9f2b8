/**
 * Just enough SOAP for the endpoint, by pattern and not by the project's own reader, so that what the client writes is
 * read by something else than what the client reads with.
 */

export interface SoapRequest {
  /** The last part of the action's URI, e.g. `Create`. */
  readonly action: string;
  readonly messageId: string;
  readonly resource: string;
  readonly maxEnvelopeBytes: number;
  readonly operationTimeoutMs: number;
  readonly selectors: ReadonlyMap<string, string>;
  readonly options: ReadonlyMap<string, string>;
  readonly body: string;
}

export function readRequest(envelope: string): SoapRequest {
  const timeout = /^PT([\d.]+)S$/.exec(text(envelope, "OperationTimeout"))?.[1] ?? "60";
  return {
    action: text(envelope, "Action").split("/").at(-1) ?? "",
    messageId: text(envelope, "MessageID"),
    resource: text(envelope, "ResourceURI"),
    maxEnvelopeBytes: Number(text(envelope, "MaxEnvelopeSize")),
    operationTimeoutMs: Number(timeout) * 1000,
    selectors: named(envelope, "Selector"),
    options: named(envelope, "Option"),
    body: /<\w+:Body[^>]*>(.*)<\/\w+:Body>/s.exec(envelope)?.[1] ?? "",
  };
}

/** The text of the first element of that name; empty where there is none. */
export function text(xml: string, name: string): string {
  return texts(xml, name)[0] ?? "";
}

export function texts(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<(?:\\w+:)?${name}(?: [^>]*)?>([^<]*)<`, "g"))].map((match) =>
    unescape(match[1]),
  );
}

export function attribute(xml: string, element: string, name: string): string | null {
  const match = new RegExp(`<(?:\\w+:)?${element} [^>]*?\\b${name}=["']([^"']*)["']`).exec(xml);
  return match === null ? null : unescape(match[1]);
}

export function escape(value: string): string {
  return value.replace(/[&<>"]/g, (character) => `&#x${character.charCodeAt(0).toString(16)};`);
}

const namespaces =
  'xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" ' +
  'xmlns:x="http://schemas.xmlsoap.org/ws/2004/09/transfer" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" ' +
  'xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell" ' +
  'xmlns:cfg="http://schemas.microsoft.com/wbem/wsman/1/config"';

export function answer(request: Pick<SoapRequest, "messageId">, body: string): string {
  return (
    `<s:Envelope xml:lang="en-US" ${namespaces}><s:Header><a:MessageID>uuid:${crypto.randomUUID()}</a:MessageID>` +
    `<a:RelatesTo>${request.messageId}</a:RelatesTo></s:Header><s:Body>${body}</s:Body></s:Envelope>`
  );
}

export interface FaultText {
  readonly subcode: string;
  readonly code: number;
  readonly reason: string;
}

/** A fault as Windows words it. */
export function fault(request: Pick<SoapRequest, "messageId">, { subcode, code, reason }: FaultText): string {
  return answer(
    request,
    `<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>w:${subcode}</s:Value></s:Subcode></s:Code>` +
      `<s:Reason><s:Text xml:lang="en-US">${escape(reason)}</s:Text></s:Reason><s:Detail><f:WSManFault ` +
      'xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" ' +
      `Code="${code}" Machine="winbox"><f:Message>${escape(reason)}</f:Message></f:WSManFault></s:Detail></s:Fault>`,
  );
}

function named(xml: string, element: string): Map<string, string> {
  const pattern = new RegExp(`<\\w+:${element} [^>]*?\\bName="([^"]*)"[^>]*>([^<]*)<`, "g");
  return new Map([...xml.matchAll(pattern)].map((match) => [unescape(match[1]), unescape(match[2])]));
}

function unescape(value: string | undefined): string {
  const named: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
  return (value ?? "").replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, name: string) => {
    if (!name.startsWith("#")) return named[name] ?? whole;
    return String.fromCodePoint(
      /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1)),
    );
  });
}
