import type { Result } from "../../../../common/result.ts";
import { secondsDuration } from "./duration.ts";
import {
  actions,
  anonymousAddress,
  namespaces,
  resources,
  type Action,
  type Resource,
} from "./namespaces.ts";
import { writeXml, type XmlNode } from "./xml-writer.ts";

/** What every message of a session says alike. */
export interface EnvelopeSettings {
  /** The service's URL, e.g. `http://server:5985/wsman`. */
  readonly endpoint: string;
  /** A UUID for the whole session. */
  readonly sessionId: string;
  /** The largest answer that we take, in bytes. */
  readonly maxEnvelopeBytes: number;
  /** How long the server may hold a request before it answers that nothing happened. */
  readonly operationTimeoutMs: number;
}

export interface WsmanRequest {
  readonly action: Action;
  readonly resource: Resource;
  readonly options?: Readonly<Record<string, string>>;
  readonly selectors?: Readonly<Record<string, string>>;
  readonly body: readonly XmlNode[];
}

// English faults, so that what the tables of faults do not know is at least readable to everyone alike.
const locale = "en-US";

/** The SOAP envelope of a request (MS-WSMV 2.2.4, DSP0226). Fails like {@link writeXml}. */
export function requestEnvelope(
  settings: EnvelopeSettings,
  messageId: string,
  request: WsmanRequest,
): Result<string> {
  const header: XmlNode[] = [
    { name: "a:To", content: settings.endpoint },
    {
      name: "a:ReplyTo",
      content: [{ name: "a:Address", attributes: mustUnderstand, content: anonymousAddress }],
    },
    { name: "a:Action", attributes: mustUnderstand, content: actions[request.action] },
    { name: "a:MessageID", content: `uuid:${messageId}` },
    { name: "w:ResourceURI", attributes: mustUnderstand, content: resources[request.resource] },
    { name: "w:MaxEnvelopeSize", attributes: mustUnderstand, content: String(settings.maxEnvelopeBytes) },
    { name: "w:OperationTimeout", content: secondsDuration(settings.operationTimeoutMs) },
    { name: "w:Locale", attributes: { "xml:lang": locale, "s:mustUnderstand": "false" } },
    { name: "p:DataLocale", attributes: { "xml:lang": locale, "s:mustUnderstand": "false" } },
    {
      name: "p:SessionId",
      attributes: { "s:mustUnderstand": "false" },
      content: `uuid:${settings.sessionId}`,
    },
    ...named("w:OptionSet", "w:Option", request.options, mustUnderstand),
    ...named("w:SelectorSet", "w:Selector", request.selectors),
  ];
  return writeXml({
    name: "s:Envelope",
    attributes: {
      "xmlns:s": namespaces.soap,
      "xmlns:a": namespaces.addressing,
      "xmlns:w": namespaces.management,
      "xmlns:p": namespaces.microsoft,
      "xmlns:rsp": namespaces.shell,
    },
    content: [
      { name: "s:Header", content: header },
      { name: "s:Body", content: request.body },
    ],
  });
}

const mustUnderstand = { "s:mustUnderstand": "true" } as const;

function named(
  set: string,
  item: string,
  values: Readonly<Record<string, string>> | undefined,
  attributes: Readonly<Record<string, string>> = {},
): XmlNode[] {
  if (values === undefined) return [];
  const content = Object.entries(values).map(([name, value]) => ({
    name: item,
    attributes: { Name: name },
    content: value,
  }));
  return [{ name: set, attributes, content }];
}
