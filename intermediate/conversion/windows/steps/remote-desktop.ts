import { isAtLeast, type WindowsGuest, type WindowsStep, type WindowsStepOutcome } from "../guest.ts";
import { readDword, readText, textValue } from "../registry.ts";

const rules = [
  ...["RemoteDesktop-UserMode-In-TCP", "RemoteDesktop-UserMode-In-UDP", "RemoteDesktop-Shadow-In-TCP"],
  ...["RemoteDesktop-In-TCP", "RemoteDesktop-In-TCP-WS", "RemoteDesktop-In-TCP-WSS"],
];

/**
 * To Windows a new card is a new network, for which the strictest of the firewall's profiles counts, so that Remote
 * Desktop would be closed where it was open for the domain or private networks alone. What was off stays off.
 */
export const remoteDesktop: WindowsStep = {
  id: "windows-remote-desktop",
  title: "Remote Desktop",
  run(guest) {
    const changes = new Set<string>();
    const notes = new Set<string>();
    for (const set of guest.controlSets) {
      const denied = readDword(guest.system, `${set}\\Control\\Terminal Server`, "fDenyTSConnections");
      if (denied !== 0) {
        notes.add(
          "Remote Desktop was off on the source and stays off: on the target its console is the way in",
        );
        continue;
      }
      const outcome = isAtLeast(guest, 6, 0) ? widenRules(guest, set) : openPort(guest, set);
      for (const change of outcome.changes) changes.add(change);
      for (const note of outcome.notes) notes.add(note);
    }
    return { changes: [...changes], notes: [...notes] };
  },
};

const firewall = (set: string): string => `${set}\\Services\\SharedAccess\\Parameters\\FirewallPolicy`;

/** `v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|Profile=Private|LPort=3389|…` */
function widenRules(guest: WindowsGuest, set: string): WindowsStepOutcome {
  const key = `${firewall(set)}\\FirewallRules`;
  const widened: string[] = [];
  let active = 0;
  for (const name of rules) {
    const rule = readText(guest.system, key, name);
    if (rule === null) continue;
    const parts = rule.split("|");
    if (!parts.includes("Active=TRUE") || !parts.includes("Action=Allow")) continue;
    active += 1;
    const last = parts.findLastIndex((part) => part.startsWith("Profile="));
    if (last < 0 || parts.includes("Profile=Public")) continue;
    guest.system.set(key, textValue(name, parts.toSpliced(last + 1, 0, "Profile=Public").join("|")));
    widened.push(name);
  }
  const changes =
    widened.length === 0
      ? []
      : [
          `the firewall lets Remote Desktop in on public networks as well, which the target's is to Windows at first: ${widened.join(", ")}`,
        ];
  const notes =
    active > 0
      ? []
      : [
          "Remote Desktop is on, but none of the firewall's own rules for it is active: where the firewall is on, it stays closed",
        ];
  return { changes, notes };
}

/** Server 2003: a list of open ports for each of two profiles. */
function openPort(guest: WindowsGuest, set: string): WindowsStepOutcome {
  const list = (profile: string): string => `${firewall(set)}\\${profile}\\GloballyOpenPorts\\List`;
  const domain = readText(guest.system, list("DomainProfile"), "3389:TCP");
  const standard = readText(guest.system, list("StandardProfile"), "3389:TCP");
  if (domain === null || !/:enabled:/i.test(domain) || (standard !== null && /:enabled:/i.test(standard)))
    return { changes: [], notes: [] };
  guest.system.set(list("StandardProfile"), textValue("3389:TCP", domain));
  return {
    changes: [
      "the firewall lets Remote Desktop in outside of the domain as well, where the target is at first",
    ],
    notes: [],
  };
}
