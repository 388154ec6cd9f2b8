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
  netplan: /^\s+(?:match:\s*\n\s+)?macaddress:.*\n(?:\s+set-name:.*\n)?/gm,
  networkManager: /^mac-address=.*\n?/gm,
  networkd: /^MACAddress=.*\n?/gm,
};

export function withoutHardwareAddresses(kind: NetworkKind, text: string): string {
  return text.replace(hardwareLines[kind], "");
}

/** The same cards with DHCP instead of fixed addresses; null where a file is not understood well enough. */
export function withDhcp(kind: NetworkKind, text: string): string | null {
  switch (kind) {
    case "ifupdown":
      return dhcpStanzas(text);
    case "ifcfg": {
      const rest = text.replaceAll(
        /^(?:BOOTPROTO|IPADDR\d*|NETMASK\d*|PREFIX\d*|GATEWAY|DNS\d+|NETWORK|BROADCAST)=.*\n?/gm,
        "",
      );
      return `${rest.trimEnd()}\nBOOTPROTO=dhcp\n`;
    }
    case "networkManager": {
      if (!/^\[ipv4\]/m.test(text)) return null;
      const rest = text.replaceAll(/^(?:address\d*|addresses|gateway|dns|route\d+)=.*\n?/gm, "");
      return rest.replace(/^(\[ipv4\][^[]*?)method=\S+/m, "$1method=auto");
    }
    case "networkd": {
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
