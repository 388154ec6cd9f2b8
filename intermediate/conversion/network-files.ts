/** The network configuration of Linux systems, as text. Pure. */
import type { GuestTree } from "./guest-tree.ts";

const pathsOf = {
  ifupdown: /^\/etc\/network\/interfaces(?:\.d\/[^/]+)?$/,
  ifcfg: /^\/etc\/sysconfig\/network(?:-scripts)?\/ifcfg-(?!lo$)[^/.]+$/,
  netplan: /^\/etc\/netplan\/[^/]+\.yaml$/,
  networkManager: /^\/etc\/NetworkManager\/system-connections\/[^/]+$/,
  networkd: /^\/etc\/systemd\/network\/[^/]+\.network$/,
} as const;
export type NetworkKind = keyof typeof pathsOf;

export const networkPaths = (tree: GuestTree, kind: NetworkKind): string[] => tree.paths(pathsOf[kind]);

/** Names that a network card gets from firmware, slot or driver: others (bonds, bridges, VLANs) are made by software. */
const cardName = /^(?:eth\d+|en[opsxPX][A-Za-z0-9]+|em\d+|p\d+p\d+)$/;

/** Cards that the configuration calls by their name. */
export function namedCards(tree: GuestTree): string[] {
  const found = new Set<string>();
  const take = (kind: NetworkKind, pattern: RegExp): void => {
    for (const path of networkPaths(tree, kind)) {
      for (const [, name = ""] of (tree.text(path) ?? "").matchAll(pattern)) {
        for (const each of name.split(/[\s,]+/)) if (cardName.test(each)) found.add(each);
      }
    }
  };
  take("ifupdown", /^\s*iface\s+(\S+)/gm);
  take("ifcfg", /^DEVICE=["']?([^"'\s]+)/gm);
  take("netplan", /^\s{2,8}([A-Za-z0-9]+):\s*$/gm);
  take("networkManager", /^interface-name=(\S+)/gm);
  take("networkd", /^Name=(.+)$/gm);
  for (const path of networkPaths(tree, "ifcfg")) {
    const name = path.slice(path.lastIndexOf("ifcfg-") + 6);
    if (cardName.test(name)) found.add(name);
  }
  return [...found].toSorted();
}

/** Lines that bind a configuration to the old card's address; with its own line it would fit no new card. */
const hardwareLines: Readonly<Record<NetworkKind, RegExp>> = {
  ifupdown: /^\s*hwaddress\s.*\n?/gm,
  ifcfg: /^(?:HWADDR|MACADDR)=.*\n?/gm,
  netplan: /^\s+macaddress:.*\n?/gm,
  networkManager: /^mac-address=.*\n?/gm,
  networkd: /^MACAddress=.*\n?/gm,
};

export function withoutHardwareAddresses(kind: NetworkKind, text: string): string {
  const free = kind === "netplan" ? withoutAddressMatches(text) : text;
  return free.replace(hardwareLines[kind], "");
}

const indentOf = (line: string): number => line.length - line.trimStart().length;
const isEmpty = (line: string): boolean => /^\s*(?:#.*)?$/.test(line);

/**
 * Netplan's cards that are found by an address alone are found by their own name, and one that only has a name of the
 * file's making by being the one card there is. A `set-name` without a `match` would make netplan refuse the file.
 */
function withoutAddressMatches(text: string): string {
  const lines = text.split("\n");
  const matches = lines.filter((line) => /^\s+match:/.test(line)).length;
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const inline = /^\s+match:\s*\{\s*macaddress:[^,}]*\}\s*$/.test(line);
    if (!inline && !/^\s+match:\s*$/.test(line)) continue;
    const indent = indentOf(line);
    const last = inline ? at : endOf(lines, at, indent + 1);
    const held = lines.slice(at + 1, last + 1).filter((each) => !isEmpty(each));
    if (!inline && (held.length === 0 || !held.every((each) => /^\s+macaddress:/.test(each)))) continue;

    const card = cardOf(lines, at, indent);
    if (card !== null && !cardName.test(card) && matches === 1) {
      lines.splice(at, last - at + 1, `${" ".repeat(indent)}match:`, `${" ".repeat(indent + 2)}name: "e*"`);
      at += 1;
      continue;
    }
    lines.splice(at, last - at + 1);
    let first = at;
    while (first > 0 && (isEmpty(lines[first - 1] ?? "") || indentOf(lines[first - 1] ?? "") >= indent))
      first -= 1;
    const end = endOf(lines, first - 1, indent);
    for (let each = end; each >= first; each -= 1) {
      const own = lines[each] ?? "";
      if (indentOf(own) === indent && own.trimStart().startsWith("set-name:")) {
        lines.splice(each, 1);
        if (each < at) at -= 1;
      }
    }
    at -= 1;
  }
  return lines.join("\n");
}

/** The last line after `at` of those that are indented by `least` or more. */
function endOf(lines: readonly string[], at: number, least: number): number {
  let last = at;
  for (let next = at + 1; next < lines.length; next += 1) {
    const line = lines[next] ?? "";
    if (isEmpty(line)) continue;
    if (indentOf(line) < least) break;
    last = next;
  }
  return last;
}

/** What the file calls the card whose settings are indented by `indent` around `at`. */
function cardOf(lines: readonly string[], at: number, indent: number): string | null {
  for (let before = at - 1; before >= 0; before -= 1) {
    const line = lines[before] ?? "";
    if (!isEmpty(line) && indentOf(line) < indent)
      return /^\s*["']?([^"':\s]+)["']?:/.exec(line)?.[1] ?? null;
  }
  return null;
}

/** The same cards with DHCP instead of fixed addresses; null where a file is not understood well enough. */
export function withDhcp(kind: NetworkKind, text: string): string | null {
  switch (kind) {
    case "ifupdown":
      return dhcpStanzas(text);
    case "ifcfg": {
      // A part of a bond or bridge has no address of its own, and with one takes the whole apart.
      if (/^(?:MASTER|SLAVE|BRIDGE|TEAM_MASTER|OVS_BRIDGE)=/m.test(text)) return text;
      const rest = text.replaceAll(
        /^(?:BOOTPROTO|IPADDR\d*|NETMASK\d*|PREFIX\d*|GATEWAY|DNS\d+|NETWORK|BROADCAST)=.*\n?/gm,
        "",
      );
      return `${rest.trimEnd()}\nBOOTPROTO=dhcp\n`;
    }
    case "networkManager": {
      if (!/^\[ipv4\]/m.test(text)) return null;
      const rest = text.replaceAll(/^(?:address\d*|addresses|gateway|dns|route\d+)=.*\n?/gm, "");
      // Of IPv6 only what has just lost its addresses: `manual` without any makes the whole connection invalid.
      return rest
        .replace(/^(\[ipv4\][^[]*?)method=\S+/m, "$1method=auto")
        .replace(/^(\[ipv6\][^[]*?)method=manual\b/m, "$1method=auto");
    }
    case "networkd": {
      if (/^(?:Bridge|Bond|VRF)=/m.test(text)) return text;
      const rest = text
        .replaceAll(/^(?:Address|Gateway|DNS|DHCP)=.*\n?/gm, "")
        .replaceAll(/^\[(?:Address|Route)\]\n(?:[^[\n].*\n)*/gm, "");
      return rest.includes("[Network]")
        ? rest.replace("[Network]", "[Network]\nDHCP=yes")
        : `${rest.trimEnd()}\n\n[Network]\nDHCP=yes\n`;
    }
    case "netplan":
      return null;
  }
}

/** Every `iface … static` of ifupdown becomes `dhcp` without the options of a fixed address. */
function dhcpStanzas(text: string): string {
  const lines: string[] = [];
  let isFixed = false;
  for (const line of text.split("\n")) {
    const stanza = /^\s*(?:iface|auto|allow-\S+|mapping|source\S*)\b/.test(line);
    const fixed = /^(\s*iface\s+\S+\s+inet\s+)static\b/.exec(line);
    if (stanza) isFixed = fixed !== null;
    if (fixed !== null) lines.push(`${fixed[1] ?? ""}dhcp`);
    else if (isFixed && /^\s+(?:address|netmask|gateway|broadcast|network|dns-\S+)\s/.test(line)) continue;
    else lines.push(line);
  }
  return lines.join("\n");
}

/** One netplan for any card: netplan's own files are YAML that is replaced and not edited. */
export const netplanDhcp = `# Written when this system was migrated.
network:
  version: 2
  ethernets:
    migrated:
      match:
        name: "e*"
      dhcp4: true
`;
