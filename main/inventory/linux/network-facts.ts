import type { NetworkFacts, NetworkInterface } from "../../../common/domain/facts.ts";
import type { BundleView } from "../bundle-view.ts";
import { type Capture, countOrNull, evidenceOf, linesOf, textOrNull } from "../capture.ts";
import { type InterfaceConfig, networkConfigs } from "./network-config.ts";
import { catOf } from "./storage-facts.ts";

interface LiveInterface {
  readonly name: string;
  mac: string | null;
  isUp: boolean | null;
  mtu: number | null;
  readonly addresses: string[];
  isDynamic: boolean;
  isVirtual: boolean | null;
  driver: string | null;
  readonly evidence: NetworkInterface["evidence"];
}

export function linuxNetwork(view: BundleView): NetworkFacts {
  const live = new Map<string, LiveInterface>();
  for (const command of view.commands("ip")) parseIpAddr(command.output, live);
  for (const command of view.commands("ifconfig")) parseIfconfig(command.output, live);
  tellSysfs(view, live);
  const configs = networkConfigs(view);
  const gateways = defaultGateways(view);
  const dns = nameServers(view);
  const interfaces: NetworkInterface[] = [];
  const used = new Set<InterfaceConfig>();
  for (const link of live.values()) {
    if (link.name === "lo") continue;
    const own = configs.filter(
      (config) =>
        config.name === link.name ||
        (config.mac !== null && config.mac === link.mac) ||
        matchesGlob(config.name, link.name),
    );
    for (const config of own) used.add(config);
    interfaces.push(merged(link, own, gateways.get(link.name) ?? [], dns));
  }
  for (const config of configs) if (!used.has(config)) interfaces.push(configured(config));
  return {
    interfaces: live.size === 0 && configs.length === 0 ? null : interfaces,
    persistentNameRules: nameRules(view, configs),
    usesKernelNames: usesKernelNames(view, interfaces),
  };
}

function matchesGlob(pattern: string, name: string): boolean {
  if (!/[*?[]/.test(pattern)) return false;
  const source = pattern
    .replace(/[.+^${}()|\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  try {
    return new RegExp(`^(?:${source.split(/\s+/).join("|")})$`).test(name);
  } catch {
    return false;
  }
}

function merged(
  link: LiveInterface,
  configs: readonly InterfaceConfig[],
  gateways: readonly string[],
  dns: readonly string[],
): NetworkInterface {
  const config = configs.find((candidate) => candidate.addressing !== null) ?? configs[0];
  const addressing = config?.addressing ?? (link.isDynamic ? "dhcp" : null);
  return {
    name: link.name,
    mac: link.mac ?? config?.mac ?? null,
    addressing,
    addresses: link.addresses.length > 0 ? link.addresses : [...(config?.addresses ?? [])],
    gateways: gateways.length > 0 ? [...gateways] : [...(config?.gateways ?? [])],
    dnsServers:
      config && config.dnsServers.length > 0
        ? [...config.dnsServers]
        : link.addresses.length > 0
          ? [...dns]
          : [],
    isUp: link.isUp,
    isVirtual: link.isVirtual ?? virtualByName(link.name),
    driver: link.driver,
    mtu: link.mtu,
    configuredBy: config?.configuredBy ?? null,
    evidence: [...configs.map((candidate) => candidate.evidence), ...link.evidence].slice(0, 6),
  };
}

function configured(config: InterfaceConfig): NetworkInterface {
  return {
    name: config.name,
    mac: config.mac,
    addressing: config.addressing,
    addresses: [...config.addresses],
    gateways: [...config.gateways],
    dnsServers: [...config.dnsServers],
    isUp: null,
    isVirtual: virtualByName(config.name),
    driver: null,
    mtu: null,
    configuredBy: config.configuredBy,
    evidence: [config.evidence],
  };
}

function virtualByName(name: string): boolean | null {
  if (
    /^(lo|docker\d|br-|veth|virbr|vnet|tun|tap|dummy|bond\d|team\d|br\d|sit\d|gre\d|wg\d|cali|flannel|cni|lxc|lxdbr|vmnet|ovs)/.test(
      name,
    ) ||
    /[.@]/.test(name)
  )
    return true;
  return /^(eth\d|en[opsxX]|em\d|p\d+p\d|ens|wl)/.test(name) ? false : null;
}

/** `ip addr`, `ip -o addr`, `ip link`. */
function parseIpAddr(capture: Capture, live: Map<string, LiveInterface>): void {
  let current: LiveInterface | null = null;
  for (const line of linesOf(capture)) {
    const head = /^\d+:\s+([^\s:@]+)(?:@\S+)?:?\s+(.*)$/.exec(line.text);
    let rest = line.text.trim();
    if (head) {
      current = linkOf(live, head[1] ?? "", evidenceOf(capture, line));
      rest = head[2] ?? "";
      const flags = /<([A-Z_,0-9-]+)>/.exec(rest)?.[1];
      if (flags !== undefined) current.isUp = /(^|,)UP(,|$)/.test(flags);
      const mtu = /\bmtu (\d+)/.exec(rest)?.[1];
      if (mtu !== undefined) current.mtu = countOrNull(mtu);
      if (/@/.test(line.text.split(":")[1] ?? "")) current.isVirtual = true;
    }
    if (!current) continue;
    const mac = /link\/ether ([0-9a-f:]{17})/.exec(rest)?.[1];
    if (mac !== undefined) current.mac = mac.toLowerCase();
    if (/link\/(loopback|none|sit|ipip|gre|tunnel)/.test(rest)) current.isVirtual = true;
    const address = /\binet6? ([0-9a-fA-F.:]+\/\d+)(.*)$/.exec(rest);
    if (address && !/scope link/.test(address[2] ?? "")) {
      if (!current.addresses.includes(address[1] ?? "")) current.addresses.push(address[1] ?? "");
      if (/\binet /.test(rest) && /\bdynamic\b/.test(address[2] ?? "")) current.isDynamic = true;
    }
  }
}

/** ifconfig -a of net-tools, old and new, and of BusyBox. */
function parseIfconfig(capture: Capture, live: Map<string, LiveInterface>): void {
  let current: LiveInterface | null = null;
  for (const line of linesOf(capture)) {
    const head = /^(\S+?)(?::\s+flags=\d+<(\S*)>|\s+Link encap:\s*(.*))/.exec(line.text);
    if (head) {
      current = linkOf(live, (head[1] ?? "").replace(/:\d+$/, ""), evidenceOf(capture, line));
      if (head[2] !== undefined) current.isUp = /(^|,)UP(,|$)/.test(head[2]);
    }
    if (!current) continue;
    const mac = /(?:ether|HWaddr)\s+([0-9A-Fa-f:]{17})/.exec(line.text)?.[1];
    if (mac !== undefined) current.mac ??= mac.toLowerCase();
    const address = /inet (?:addr:)?\s?(\d+\.\d+\.\d+\.\d+).*?(?:netmask |Mask:)(\S+)/.exec(line.text);
    if (address) {
      const bits = (address[2] ?? "")
        .split(".")
        .map((part) => Number(part).toString(2).replaceAll("0", "").length);
      const text = `${address[1]}/${bits.reduce((sum, count) => sum + count, 0)}`;
      if (!current.addresses.includes(text)) current.addresses.push(text);
    }
    const mtu = /\b(?:mtu |MTU:)(\d+)/.exec(line.text)?.[1];
    if (mtu !== undefined) current.mtu ??= countOrNull(mtu);
    if (/^\s+UP\b/.test(line.text)) current.isUp = true;
  }
}

function linkOf(
  live: Map<string, LiveInterface>,
  name: string,
  evidence: NetworkInterface["evidence"][number],
): LiveInterface {
  const known = live.get(name);
  if (known) return known;
  const link: LiveInterface = {
    name,
    mac: null,
    isUp: null,
    mtu: null,
    addresses: [],
    isDynamic: false,
    isVirtual: null,
    driver: null,
    evidence: [evidence],
  };
  if (live.size < 4096) live.set(name, link);
  return link;
}

/** /sys/class/net/NIC/{address,operstate} and the listing that tells real devices by their `device` link. */
function tellSysfs(view: BundleView, live: Map<string, LiveInterface>): void {
  for (const capture of view.files(/^\/sys\/class\/net\/[^/]+\/(address|mtu|operstate)$/)) {
    const [, name = "", attribute = ""] = /net\/([^/]+)\/(\w+)$/.exec(capture.source) ?? [];
    const link = linkOf(live, name, evidenceOf(capture, null));
    const value = textOrNull(capture.text);
    if (attribute === "address" && value !== null && value !== "00:00:00:00:00:00")
      link.mac ??= value.toLowerCase();
    if (attribute === "mtu") link.mtu ??= countOrNull(value);
  }
  for (const command of view.commands("ls")) {
    for (const line of linesOf(command.output)) {
      const driver = /\/sys\/class\/net\/([^/\s]+)\/device\/driver -> .*\/([^/\s]+)$/.exec(line.text);
      if (!driver) continue;
      const link = live.get(driver[1] ?? "");
      if (!link) continue;
      link.driver ??= driver[2] ?? null;
      link.isVirtual = false;
    }
  }
}

function defaultGateways(view: BundleView): ReadonlyMap<string, readonly string[]> {
  const gateways = new Map<string, string[]>();
  const add = (name: string, gateway: string): void =>
    void gateways.set(name, [...(gateways.get(name) ?? []), gateway]);
  for (const command of view.commands("ip", "route", "netstat")) {
    for (const line of linesOf(command.output)) {
      const route = /^default via (\S+)(?: dev (\S+))?/.exec(line.text.trim());
      if (route) add(route[2] ?? "", route[1] ?? "");
      const table = /^(?:0\.0\.0\.0|default)\s+(\d+\.\d+\.\d+\.\d+)\s.*\s(\S+)$/.exec(line.text.trim());
      if (table) add(table[2] ?? "", table[1] ?? "");
    }
  }
  return gateways;
}

function nameServers(view: BundleView): readonly string[] {
  const capture = view.file("/etc/resolv.conf") ?? catOf(view, "/etc/resolv.conf");
  return capture
    ? linesOf(capture).flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line.text)?.[1] ?? [])
    : [];
}

function nameRules(
  view: BundleView,
  configs: readonly InterfaceConfig[],
): NetworkFacts["persistentNameRules"] {
  const rules: NetworkFacts["persistentNameRules"] = [];
  for (const capture of view.files(
    /^\/etc\/udev\/rules\.d\/.*(persistent-net|net-name|network).*\.rules$|^\/etc\/(systemd\/network\/.*\.link|iftab|mactab)$/,
  )) {
    for (const line of linesOf(capture)) {
      if (/^\s*(#|$)/.test(line.text)) continue;
      if (/NAME\s*:?=|^Name=|^\s*\w+\s+mac\s/.test(line.text) && rules.length < 256)
        rules.push(evidenceOf(capture, line));
    }
  }
  // A configuration that names a card by its address does not find the target's.
  for (const { name, mac, evidence } of configs)
    if (mac !== null && rules.length < 256)
      rules.push({ source: evidence.source, line: null, text: `${name} ${mac}` });
  return rules;
}

function usesKernelNames(view: BundleView, interfaces: readonly NetworkInterface[]): boolean | null {
  const commandLine = view.file("/proc/cmdline") ?? catOf(view, "/proc/cmdline");
  if (commandLine && /\b(net\.ifnames|biosdevname)=0\b/.test(commandLine.text)) return true;
  const real = interfaces.filter((candidate) => candidate.isVirtual !== true);
  if (real.length === 0) return null;
  return real.some((candidate) => /^eth\d+$/.test(candidate.name));
}
