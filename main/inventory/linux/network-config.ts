import type { NetworkInterface } from "../../../common/domain/facts.ts";
import type { BundleView } from "../bundle-view.ts";
import { type Capture, evidenceOf, type Line, linesOf, textOrNull } from "../capture.ts";
import { withoutSecrets } from "../secrets.ts";
import { parseAssignments } from "./os-release.ts";

/** What a configuration file says of one interface; `name` may be a MAC address where the file knows no other. */
export interface InterfaceConfig {
  readonly name: string;
  readonly mac: string | null;
  readonly addressing: NetworkInterface["addressing"];
  readonly addresses: readonly string[];
  readonly gateways: readonly string[];
  readonly dnsServers: readonly string[];
  readonly configuredBy: string;
  readonly evidence: NetworkInterface["evidence"][number];
}

/** Every interface configuration in the bundle, of whichever tool. */
export function networkConfigs(view: BundleView): readonly InterfaceConfig[] {
  const keyfiles = /^\/(etc|run|usr\/lib)\/NetworkManager\/system-connections\//;
  return [
    ...view.files(/^\/etc\/sysconfig\/(network-scripts|network)\/ifcfg-/).flatMap(parseIfcfg),
    ...view.files(/^\/etc\/network\/interfaces(\.d\/.*)?$/).flatMap(parseInterfaces),
    ...view.files(/^\/(etc|run|lib)\/netplan\/.*\.ya?ml$/).flatMap(parseNetplan),
    ...view.files(keyfiles).flatMap(parseKeyfile),
    ...view.files(/^\/(etc|run|usr\/lib)\/systemd\/network\/.*\.network$/).flatMap(parseNetworkd),
    ...view.files(/^\/etc\/conf\.d\/net$/).flatMap(parseNetifrc),
  ];
}

function prefixLength(mask: string | undefined): string {
  if (mask === undefined || mask === "") return "";
  if (/^\d{1,3}$/.test(mask)) return `/${mask}`;
  const bits = mask.split(".").map((part) => Number(part).toString(2).replace(/0/g, "").length);
  return bits.length === 4 && bits.every((count) => Number.isFinite(count))
    ? `/${bits.reduce((sum, count) => sum + count, 0)}`
    : "";
}

function modeOf(isDhcp: boolean, hasAddress: boolean): NetworkInterface["addressing"] {
  if (isDhcp) return hasAddress ? "both" : "dhcp";
  return hasAddress ? "static" : null;
}

/** Red Hat's and SUSE's ifcfg files. */
function parseIfcfg(capture: Capture): readonly InterfaceConfig[] {
  const file = capture.source.split("/ifcfg-").at(-1) ?? "";
  if (file === "lo" || /(\.bak|\.old|\.orig|\.rpm\w+|~)$/.test(file)) return [];
  const { fields, lineOf } = parseAssignments(capture);
  const value = (key: string): string | null => textOrNull(fields.get(key));
  const protocol = (value("BOOTPROTO") ?? "").toLowerCase();
  const addresses: string[] = [];
  for (const [key, address] of fields) {
    const match = /^(IPADDR|IPADDR_\w+)(\d*)$/.exec(key);
    if (!match || address === "") continue;
    const suffix = match[1] === "IPADDR" ? (match[2] ?? "") : (match[1] ?? "").slice("IPADDR".length);
    const length = address.includes("/")
      ? ""
      : prefixLength(
          fields.get(`PREFIX${suffix}`) ?? fields.get(`PREFIXLEN${suffix}`) ?? fields.get(`NETMASK${suffix}`),
        );
    addresses.push(`${address}${length}`);
  }
  const six = value("IPV6ADDR");
  if (six !== null) addresses.push(six);
  const line = lineOf("BOOTPROTO") ?? lineOf("IPADDR") ?? lineOf("DEVICE");
  const mac =
    value("HWADDR") ??
    value("MACADDR") ??
    (/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(file.replace(/^id-/, "")) ? file.replace(/^id-/, "") : null);
  const isDhcp = protocol.includes("dhcp") || protocol.includes("bootp");
  return [
    {
      name: value("DEVICE") ?? value("INTERFACE") ?? file.replace(/^id-.*/, (text) => text),
      mac: mac?.toLowerCase() ?? null,
      addressing:
        modeOf(isDhcp, addresses.length > 0) ??
        (protocol === "none" || protocol === "static" ? (addresses.length > 0 ? "static" : "none") : null),
      addresses,
      gateways: [...fields].flatMap(([key, text]) =>
        /^(GATEWAY\d*|IPV6_DEFAULTGW)$/.test(key) && text !== "" ? [text] : [],
      ),
      dnsServers: [...fields].flatMap(([key, text]) => (/^DNS\d$/.test(key) && text !== "" ? [text] : [])),
      configuredBy: capture.source.includes("/network-scripts/") ? "ifcfg" : "wicked",
      evidence: evidenceOf(capture, line),
    },
  ];
}

/** Debian's interfaces(5): `iface eth0 inet static` and the indented lines below. */
function parseInterfaces(capture: Capture): readonly InterfaceConfig[] {
  const found = new Map<
    string,
    {
      isDhcp: boolean;
      isManual: boolean;
      addresses: string[];
      gateways: string[];
      dns: string[];
      mac: string | null;
      evidence: InterfaceConfig["evidence"];
    }
  >();
  let current: ReturnType<typeof found.get>;
  let netmask: string | undefined;
  for (const line of linesOf(capture)) {
    const text = line.text.replace(/#.*$/, "").trim();
    const iface = /^iface\s+(\S+)\s+(inet6?)\s+(\S+)/.exec(text);
    if (iface) {
      const name = (iface[1] ?? "").replace(/:\d+$/, "");
      netmask = undefined;
      if (name === "lo") {
        current = undefined;
        continue;
      }
      current = found.get(name) ?? {
        isDhcp: false,
        isManual: false,
        addresses: [],
        gateways: [],
        dns: [],
        mac: null,
        evidence: evidenceOf(capture, line),
      };
      if (iface[3] === "dhcp" || (iface[3] === "auto" && iface[2] === "inet6"))
        current.isDhcp ||= iface[3] === "dhcp";
      if (iface[3] === "manual") current.isManual = true;
      found.set(name, current);
      continue;
    }
    const option = /^(address|netmask|gateway|dns-nameservers|hwaddress)\s+(?:ether\s+)?(.+)$/.exec(text);
    if (!option || !current) continue;
    const value = (option[2] ?? "").trim();
    if (option[1] === "address")
      current.addresses.push(`${value}${value.includes("/") ? "" : prefixLength(netmask)}`);
    else if (option[1] === "netmask") {
      netmask = value;
      const last = current.addresses.at(-1);
      if (last !== undefined && !last.includes("/"))
        current.addresses[current.addresses.length - 1] = `${last}${prefixLength(value)}`;
    } else if (option[1] === "gateway") current.gateways.push(value);
    else if (option[1] === "hwaddress") current.mac = value.toLowerCase();
    else current.dns.push(...value.split(/\s+/));
  }
  return [...found].map(([name, entry]) => ({
    name,
    mac: entry.mac,
    addressing: modeOf(entry.isDhcp, entry.addresses.length > 0) ?? (entry.isManual ? "none" : null),
    addresses: entry.addresses,
    gateways: entry.gateways,
    dnsServers: entry.dns,
    configuredBy: "interfaces",
    evidence: entry.evidence,
  }));
}

/** YAML's flow style, `key: {a: 1, b: {c: 2}}`, as the block style that the reader below knows; lists stay. */
function withoutFlow(line: Line): readonly Line[] {
  const match = /^(\s*)((?:- )?[^{}[\]#]+:)\s*\{(.*)\}\s*(?:#.*)?$/.exec(line.text);
  if (!match) return [line];
  const [, indent = "", head = "", inner = ""] = match;
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at <= inner.length; at++) {
    const character = inner[at];
    if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (character === undefined || (character === "," && depth === 0)) {
      parts.push(inner.slice(from, at).trim());
      from = at + 1;
    }
  }
  return [
    { ...line, text: `${indent}${head}` },
    ...parts
      .filter((part) => part !== "")
      .flatMap((part) => withoutFlow({ ...line, text: `${indent}  ${part}` })),
  ];
}

/** netplan's YAML, read by indentation as far as addressing needs it. */
function parseNetplan(capture: Capture): readonly InterfaceConfig[] {
  const found = new Map<
    string,
    {
      isDhcp: boolean;
      addresses: string[];
      gateways: string[];
      dns: string[];
      mac: string | null;
      match: string | null;
      evidence: InterfaceConfig["evidence"];
    }
  >();
  const path: { indent: number; key: string }[] = [];
  for (const line of linesOf(capture).flatMap(withoutFlow)) {
    const text = line.text.replace(/\s+#.*$/, "").replace(/^#.*$/, "");
    if (text.trim() === "") continue;
    const indent = text.length - text.trimStart().length;
    const body = text.trim();
    const isItem = body.startsWith("- ");
    while (
      path.length > 0 &&
      ((path.at(-1)?.indent ?? 0) > indent || ((path.at(-1)?.indent ?? 0) === indent && !isItem))
    )
      path.pop();
    const keys = path.map((part) => part.key);
    const pair =
      /^(?:- )?("?[^"\s:]+"?)\s*:\s*(.*)$/.exec(body) ?? /^- ["']?([0-9a-fA-F:.]+\/\d+)["']?:()$/.exec(body);
    const key = pair?.[1]?.replaceAll('"', "") ?? null;
    const value = (pair ? (pair[2] ?? "") : body.replace(/^- /, "")).trim();
    const section = keys.findIndex((part) => /^(ethernets|bonds|bridges|vlans|wifis|tunnels)$/.test(part));
    if (section >= 0) {
      const name = keys[section + 1] ?? key ?? "";
      if (name !== "" && !found.has(name) && (keys[section + 1] !== undefined || pair)) {
        found.set(name, {
          isDhcp: false,
          addresses: [],
          gateways: [],
          dns: [],
          mac: null,
          match: null,
          evidence: evidenceOf(capture, line),
        });
      }
      const entry = found.get(name);
      const parent = keys.at(-1);
      if (entry) {
        const items = value
          .replace(/^\[|\]$/g, "")
          .split(",")
          .map((part) => part.trim().replace(/^["']|["']$/g, ""))
          .filter((part) => part !== "");
        // An address with options of its own is a key: `- 192.0.2.2/24:`.
        if (key !== null && parent === "addresses" && isItem && value === "" && !keys.includes("nameservers"))
          entry.addresses.push(key);
        else if (key !== null && /^dhcp[46]$/.test(key))
          entry.isDhcp ||= key === "dhcp4" && /^(true|yes|on)$/i.test(value);
        else if (key === "addresses" && parent !== "nameservers") entry.addresses.push(...items);
        else if (key === "addresses") entry.dns.push(...items);
        else if (key === null && isItem && parent === "addresses")
          (keys.includes("nameservers") ? entry.dns : entry.addresses).push(...items);
        else if (key !== null && /^gateway[46]$/.test(key)) entry.gateways.push(...items);
        else if (key === "via") entry.gateways.push(...items);
        else if (key === "macaddress") entry.mac = value.replaceAll(/["']/g, "").toLowerCase();
        else if (key === "set-name" || (key === "name" && parent === "match"))
          entry.match = value.replaceAll(/["']/g, "");
      }
    }
    // Behind an item's dash its keys stand deeper than the next item.
    if (pair && value === "") path.push({ indent: isItem ? indent + 1 : indent, key: key ?? "" });
  }
  return [...found].map(([name, entry]) => ({
    name: entry.match ?? name,
    mac: entry.mac,
    addressing: modeOf(entry.isDhcp, entry.addresses.length > 0),
    addresses: entry.addresses,
    gateways: entry.gateways,
    dnsServers: entry.dns,
    configuredBy: "netplan",
    evidence: redact(entry.evidence),
  }));
}

function sections(capture: Capture): readonly (readonly [section: string, key: string, value: string])[] {
  const rows: [string, string, string][] = [];
  let section = "";
  for (const line of linesOf(capture)) {
    const head = /^\s*\[(.+)\]\s*$/.exec(line.text);
    if (head) section = (head[1] ?? "").toLowerCase();
    const pair = /^\s*([A-Za-z][\w.-]*)\s*=\s*(.*?)\s*$/.exec(line.text);
    if (pair && !/^\s*[#;]/.test(line.text))
      rows.push([section, (pair[1] ?? "").toLowerCase(), pair[2] ?? ""]);
  }
  return rows;
}

/** NetworkManager's keyfiles. */
function parseKeyfile(capture: Capture): readonly InterfaceConfig[] {
  const rows = sections(capture);
  const value = (section: string, key: string): string | null =>
    rows.find((row) => row[0] === section && row[1] === key)?.[2] ?? null;
  if (value("connection", "type") === "loopback") return [];
  const method = value("ipv4", "method");
  const listed = rows
    .filter((row) => /^ipv[46]$/.test(row[0]) && /^address(es)?\d*$/.test(row[1]))
    .map((row) => row[2].split(","));
  const addresses = listed.map((parts) => (parts[0] ?? "").trim()).filter((part) => part !== "");
  const gateways = [
    ...listed.flatMap((parts) => (parts[1] === undefined || parts[1].trim() === "" ? [] : [parts[1].trim()])),
    ...rows.filter((row) => row[1] === "gateway").map((row) => row[2]),
  ];
  const line = linesOf(capture).find((candidate) => /^\s*method\s*=/.test(candidate.text)) ?? null;
  const name =
    value("connection", "interface-name") ??
    value("connection", "id") ??
    capture.source.split("/").at(-1) ??
    "";
  return [
    {
      name,
      mac:
        value("ethernet", "mac-address")?.toLowerCase() ??
        value("802-3-ethernet", "mac-address")?.toLowerCase() ??
        null,
      addressing:
        method === "manual" || (method !== "auto" && value("ipv6", "method") === "manual")
          ? "static"
          : method === "auto"
            ? modeOf(true, addresses.length > 0)
            : method === "disabled"
              ? "none"
              : null,
      addresses,
      gateways,
      dnsServers: rows
        .filter((row) => row[1] === "dns")
        .flatMap((row) => row[2].split(";").filter((part) => part !== "")),
      configuredBy: "NetworkManager",
      evidence: evidenceOf(capture, line),
    },
  ];
}

/** systemd.network(5) files with a [Match] Name. */
function parseNetworkd(capture: Capture): readonly InterfaceConfig[] {
  const rows = sections(capture);
  const all = (section: string, key: string): readonly string[] =>
    rows.filter((row) => row[0] === section && row[1] === key).map((row) => row[2]);
  const name = all("match", "name")[0];
  const mac = all("match", "macaddress")[0];
  if (name === undefined && mac === undefined) return [];
  const addresses = [...all("network", "address"), ...all("address", "address")];
  const isDhcp = all("network", "dhcp").some((text) => /^(yes|ipv4|both|true)$/i.test(text));
  const line = linesOf(capture).find((candidate) => /^\s*(DHCP|Address)\s*=/i.test(candidate.text)) ?? null;
  return [
    {
      name: name ?? mac ?? "",
      mac: mac?.toLowerCase() ?? null,
      addressing: modeOf(isDhcp, addresses.length > 0),
      addresses,
      gateways: [...all("network", "gateway"), ...all("route", "gateway")],
      dnsServers: all("network", "dns").flatMap((text) => text.split(/\s+/)),
      configuredBy: "networkd",
      evidence: evidenceOf(capture, line),
    },
  ];
}

/** Gentoo's netifrc: config_eth0="192.0.2.2/24", config_eth0="dhcp". */
function parseNetifrc(capture: Capture): readonly InterfaceConfig[] {
  return linesOf(capture).flatMap((line) => {
    const match = /^\s*config_(\w+)\s*=\s*(.*)$/.exec(line.text);
    if (!match || match[1] === "lo") return [];
    const text = (match[2] ?? "").replace(/["'()]/g, " ").trim();
    // The words are ifconfig's: `192.0.2.2 netmask 255.255.255.0 brd 192.0.2.255`.
    const addresses = [
      ...text
        .replace(/\b(brd|broadcast|peer|pointopoint)\s+\S+/g, "")
        .matchAll(/(\d+\.\d+\.\d+\.\d+(?:\/\d+)?)(?:\s+netmask\s+(\S+))?/g),
    ].map((found) => `${found[1]}${prefixLength(found[2])}`);
    return [
      {
        name: match[1] ?? "",
        mac: null,
        addressing: modeOf(/\bdhcp\b/.test(text), addresses.length > 0),
        addresses: addresses.slice(0, 4),
        gateways: [],
        dnsServers: [],
        configuredBy: "netifrc",
        evidence: evidenceOf(capture, line),
      },
    ];
  });
}

function redact(evidence: InterfaceConfig["evidence"]): InterfaceConfig["evidence"] {
  return { ...evidence, text: withoutSecrets(evidence.text) };
}
