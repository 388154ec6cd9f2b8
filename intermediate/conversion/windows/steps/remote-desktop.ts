import type { Told } from "../../../../common/domain/remark.ts";
import { told } from "../../../../common/domain/report-text/told.ts";
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
  run(guest) {
    // Two control sets say mostly the same.
    const changes = new Map<string, Told>();
    const notes = new Map<string, Told>();
    for (const set of guest.controlSets) {
      const denied = readDword(guest.system, `${set}\\Control\\Terminal Server`, "fDenyTSConnections");
      if (denied !== 0) {
        const off = told({ kind: "remote-desktop-off" });
        notes.set(off.what, off);
        continue;
      }
      const outcome = isAtLeast(guest, 6, 0) ? widenRules(guest, set) : openPort(guest, set);
      for (const change of outcome.changes) changes.set(change.what, change);
      for (const note of outcome.notes) notes.set(note.what, note);
    }
    return { changes: [...changes.values()], notes: [...notes.values()] };
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
  return {
    changes: widened.length === 0 ? [] : [told({ kind: "remote-desktop-public", rules: widened })],
    notes: active > 0 ? [] : [told({ kind: "remote-desktop-no-rules" })],
  };
}

/** Server 2003: a list of open ports for each of two profiles. */
function openPort(guest: WindowsGuest, set: string): WindowsStepOutcome {
  const list = (profile: string): string => `${firewall(set)}\\${profile}\\GloballyOpenPorts\\List`;
  const domain = readText(guest.system, list("DomainProfile"), "3389:TCP");
  const standard = readText(guest.system, list("StandardProfile"), "3389:TCP");
  if (domain === null || !/:enabled:/i.test(domain) || (standard !== null && /:enabled:/i.test(standard)))
    return { changes: [], notes: [] };
  guest.system.set(list("StandardProfile"), textValue("3389:TCP", domain));
  return { changes: [told({ kind: "remote-desktop-outside" })], notes: [] };
}
