import type { NetworkFacts, NetworkInterface } from "../../../common/domain/facts.ts";
import type { BundleView } from "../bundle-view.ts";
import { type Capture, evidenceOf, linesOf } from "../capture.ts";
import type { WindowsClass } from "./objects.ts";
import { flagOf, valueOf, type WindowsRecord } from "./records.ts";

export function windowsNetwork(
  view: BundleView,
  objects: ReadonlyMap<WindowsClass, readonly WindowsRecord[]>,
): NetworkFacts {
  const records = (objects.get("nic-configuration") ?? []).filter(
    (record) => flagOf(record, "ipenabled") !== false,
  );
  const adapters = objects.get("nic") ?? [];
  const fromWmi = records
    .filter((record) => valueOf(record, "macaddress") !== null || valueOf(record, "ipaddress") !== null)
    .map((record) => fromConfiguration(record, adapters));
  const interfaces =
    fromWmi.length > 0
      ? fromWmi
      : view.commands("ipconfig").flatMap((command) => parseIpconfig(command.output));
  const wasAsked = objects.has("nic-configuration") || view.commands("ipconfig").length > 0;
  return { interfaces: wasAsked ? [...interfaces] : null, persistentNameRules: [], usesKernelNames: null };
}

function list(text: string | null): readonly string[] {
  return (text ?? "")
    .replace(/[{}"[\]]/g, "")
    .split(/[,;]\s*|\s{2,}/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function macOf(text: string | null): string | null {
  return text === null ? null : text.replaceAll("-", ":").toLowerCase();
}

function fromConfiguration(record: WindowsRecord, adapters: readonly WindowsRecord[]): NetworkInterface {
  const mac = macOf(valueOf(record, "macaddress"));
  const index = valueOf(record, "index");
  const adapter = adapters.find(
    (candidate) =>
      (index !== null && valueOf(candidate, "index") === index) ||
      (mac !== null && macOf(valueOf(candidate, "macaddress")) === mac),
  );
  const masks = list(valueOf(record, "ipsubnet"));
  const addresses = list(valueOf(record, "ipaddress")).filter(
    (address) => !address.toLowerCase().startsWith("fe80"),
  );
  const isDhcp = flagOf(record, "dhcpenabled");
  return {
    name:
      (adapter ? valueOf(adapter, "netconnectionid", "name") : null) ??
      valueOf(record, "description", "caption") ??
      "?",
    mac,
    addressing: isDhcp === null ? null : isDhcp ? "dhcp" : addresses.length > 0 ? "static" : "none",
    addresses: addresses.map((address, at) => `${address}${prefixOf(masks[at])}`),
    gateways: [...list(valueOf(record, "defaultipgateway"))],
    dnsServers: [...list(valueOf(record, "dnsserversearchorder"))],
    isUp: true,
    isVirtual: /virtual|vmware|hyper-v|loopback|teredo|isatap|tap-/i.test(
      valueOf(record, "description") ?? "",
    )
      ? null
      : false,
    driver: valueOf(record, "servicename"),
    mtu: null,
    configuredBy: "windows",
    evidence: [record.evidence],
  };
}

function prefixOf(mask: string | undefined): string {
  if (mask === undefined) return "";
  if (/^\d{1,3}$/.test(mask)) return `/${mask}`;
  const bits = mask.split(".").map((part) => Number(part).toString(2).replaceAll("0", "").length);
  return bits.length === 4 ? `/${bits.reduce((sum, count) => sum + count, 0)}` : "";
}

const yesWords = /^(yes|oui|ja|sí|si|sim|да|是|はい|예|tak|evet|ano|igen|kyllä)$/i;
const noWords = /^(no|non|nein|não|nao|нет|否|いいえ|아니요|nie|hayır|ne|nem|nej|nee|nei|ei)$/i;

/**
 * `ipconfig /all` in any language: adapters are told by their unindented headings, addresses by their shapes, and DHCP
 * by the one line whose label holds the word.
 */
function parseIpconfig(capture: Capture): readonly NetworkInterface[] {
  const found: NetworkInterface[] = [];
  let current: NetworkInterface | null = null;
  let isPrefixed = false;
  for (const line of linesOf(capture)) {
    const heading = /^(\S.*?)\s*[:：]\s*$/.exec(line.text);
    if (heading) {
      const title = heading[1] ?? "";
      current = {
        name:
          title.replace(
            /^(?:.*?(?:adapter|Adapter|Adaptador|Carte|адаптер|适配器|配接卡|介面卡|アダプター?|어댑터))\s*/u,
            "",
          ) || title,
        mac: null,
        addressing: null,
        addresses: [],
        gateways: [],
        dnsServers: [],
        isUp: null,
        isVirtual: /tunnel|隧道|トンネル|туннел|isatap|teredo/i.test(title) ? true : null,
        driver: null,
        mtu: null,
        configuredBy: "windows",
        evidence: [evidenceOf(capture, line)],
      };
      found.push(current);
      isPrefixed = false;
      continue;
    }
    if (!current || !/^\s/.test(line.text)) continue;
    const value = line.text.replace(/^.*?[:：]\s+/, "").trim();
    const mac = /\b([0-9A-F]{2}(?:-[0-9A-F]{2}){5})\b/.exec(value)?.[1];
    if (mac !== undefined && !value.includes("-00-00-00-00-00-00-00")) current.mac ??= macOf(mac);
    if (/DHCP/i.test(line.text) && !/server|serv|сервер|服务器|伺服器|サーバ|서버/i.test(line.text)) {
      if (yesWords.test(value)) current.addressing = "dhcp";
      else if (noWords.test(value)) current.addressing = "static";
    }
    const address = /^(\d+\.\d+\.\d+\.\d+)(?:\(.*\))?$/.exec(value);
    if (!address) continue;
    if (/^255\./.test(value)) {
      const last = current.addresses.at(-1);
      if (last !== undefined && !last.includes("/"))
        current.addresses[current.addresses.length - 1] = `${last}${prefixOf(address[1])}`;
      isPrefixed = true;
    } else if (!isPrefixed || current.addresses.length === 0) current.addresses.push(address[1] ?? "");
    else if (/DNS/.test(line.text)) current.dnsServers.push(address[1] ?? "");
    else if (!/DHCP|WINS/.test(line.text) && current.gateways.length === 0 && current.dnsServers.length === 0)
      current.gateways.push(address[1] ?? "");
  }
  return found;
}
