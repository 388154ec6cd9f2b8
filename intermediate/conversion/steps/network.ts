import type { Told } from "../../../common/domain/remark.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import { parentOf } from "../guest-tree.ts";
import type { ConversionStep, LinuxGuest, StepChange, StepOutcome } from "../guest.ts";
import {
  namedCards,
  netplanDhcp,
  networkPaths,
  withDhcp,
  withoutHardwareAddresses,
  type NetworkKind,
} from "../network-files.ts";

const kinds: readonly NetworkKind[] = ["ifupdown", "ifcfg", "netplan", "networkManager", "networkd"];
const ruleFile = "/etc/udev/rules.d/70-sma-network-names.rules";

/** The network comes up on a card with another name and another hardware address. */
export const network: ConversionStep = {
  id: "network",
  applies: () => true,

  async run(guest, { choices }): Promise<StepOutcome> {
    const { tree } = guest;
    const changes: StepChange[] = [];
    const notes: Told[] = [];
    for (const path of tree.paths(/^\/etc\/udev\/rules\.d\/\d+-persistent-net\.rules$/)) {
      tree.remove(path);
      changes.push(told({ kind: "card-rule-removed", path }));
    }
    for (const kind of kinds) {
      for (const path of networkPaths(tree, kind)) {
        const text = tree.text(path) ?? "";
        const free = withoutHardwareAddresses(kind, text);
        if (tree.write(path, free)) changes.push(told({ kind: "card-address-dropped", path }));
      }
    }
    if (choices.network === "dhcp") toDhcp(guest, changes, notes);
    keepName(guest, changes, notes);
    return { changes, notes };
  },
};

function toDhcp({ tree }: LinuxGuest, changes: StepChange[], notes: Told[]): void {
  for (const kind of kinds) {
    const paths = networkPaths(tree, kind);
    const [first] = paths;
    if (kind === "netplan" && first !== undefined) {
      for (const path of paths) tree.remove(path);
      tree.write(`${parentOf(first)}/90-sma-dhcp.yaml`, netplanDhcp, 0o600);
      changes.push(told({ kind: "netplan-dhcp", paths: [...paths] }));
      continue;
    }
    for (const path of paths) {
      const changed = withDhcp(kind, tree.text(path) ?? "");
      if (changed === null) notes.push(told({ kind: "not-understood", path }));
      else if (tree.write(path, changed)) changes.push(told({ kind: "dhcp", path }));
    }
  }
}

/** With one card there is no doubt which one has the name; with several there is, and a wrong guess is worse than none. */
function keepName({ tree }: LinuxGuest, changes: StepChange[], notes: Told[]): void {
  const cards = namedCards(tree);
  const [card] = cards;
  if (card === undefined || tree.has(ruleFile)) return;
  if (cards.length > 1) {
    notes.push(told({ kind: "several-cards", cards: [...cards] }));
    return;
  }
  tree.write(
    ruleFile,
    `# Written when this system was migrated: its one network card keeps the name that the configuration uses.\nSUBSYSTEM=="net", ACTION=="add", DRIVERS=="virtio_net", NAME="${card}"\n`,
  );
  changes.push(told({ kind: "card-named", card }));
}
