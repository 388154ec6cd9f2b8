import type { SystemTexts } from "../catalogue.ts";
import { several } from "./plural.ts";

export const system: SystemTexts = {
  "os-unsupported.off-list": ({ os }) => ({
    title: `${os} is not on the list of supported systems`,
    outcome: {
      block:
        "The disks arrive byte for byte. Whether the result starts on the target has not been proven for this system.",
      file: "Not recommended: the boot loader and initramfs are rebuilt by steps that were made for listed systems.",
    },
    remedy:
      "Migrate a copy first, with block replication and the boot check on, and look at the result before you plan a cutover.",
  }),
  "os-unsupported.derivative": ({ os, relative }) => ({
    title: `${os} is not on the list; it resembles ${relative} and is not it`,
    outcome: {
      block:
        "The disks arrive byte for byte. Whether the result starts on the target has not been proven for this system.",
      file: `Not recommended: the steps for ${relative} may not fit.`,
    },
    remedy:
      "Migrate a copy first, with block replication and the boot check on, and look at the result before you plan a cutover.",
  }),
  "os-unsupported.client": ({ os }) => ({
    title: `${os} is a desktop system, not a server`,
    outcome:
      "Only server editions are on the list. The disks can be copied; the result may not start, and its licence may not allow it.",
    remedy:
      "Move the service to a supported server edition, or try block replication on a copy and check the licence.",
  }),
  "os-unsupported.tested-here": ({ os }) => ({
    title: `${os} is not on the list, but is known to work here`,
    outcome:
      "This project's own lab migrates this system and boots the result. The product's list does not name it.",
    remedy: "Nothing to do. Keep the boot check on.",
  }),
  "os-unsupported.foreign": ({ os }) => ({
    title: `${os} is neither Linux nor Windows`,
    outcome: "It cannot be migrated: there is no agent for it, and its boot process is not known here.",
    remedy: "Install the service anew on a supported system and move its data by its own means.",
  }),
  "os-undetermined.system": () => ({
    title: "The operating system could not be determined",
    outcome: "Whether it is supported cannot be told.",
    remedy: "Collect the facts again as root or Administrator, with the current collector.",
  }),
  "os-undetermined.version": ({ os }) => ({
    title: `The version of ${os} could not be determined`,
    outcome: "Only some versions are supported; whether this one is cannot be told.",
    remedy: "Add /etc/os-release or the release file (Linux), or systeminfo (Windows), and assess again.",
  }),
  "os-undetermined.ambiguous": ({ os, entry }) => ({
    title: `It is open whether the list means ${os}`,
    outcome: `The list says “${entry}”. That wording does not settle whether it covers this system, so it is not counted as supported.`,
    remedy: "Ask the vendor of the target, or migrate a copy first with the boot check on.",
  }),
  "os-eol-activation": ({ os }) => ({
    title: `${os} cannot be activated after the migration`,
    outcome: "The data arrives, but Windows Server 2003 and 2008 cannot be activated on the new hardware.",
    remedy: "Upgrade Windows before the migration, or plan the upgrade right after it.",
  }),
  "os-subscription.vendor": ({ product }) => ({
    title: `Registered with ${product} for updates`,
    outcome:
      "The registration travels with the disk: source and target then count as one and the same machine.",
    remedy:
      "Check that the subscription covers the target. After the cutover unregister the source, or register the target anew if both stay.",
  }),
  "os-subscription.cloud": ({ product }) => ({
    title: `${product} updates come from this cloud's own servers`,
    outcome:
      "They serve this cloud's instances only, and the licence is part of what the instance costs: neither moves with the disk. The target starts, but gets no updates.",
    remedy: `Have a ${product} subscription of your own for the target, or one that its cloud offers, and register it there after the cutover.`,
  }),
  "pending-restart": () => ({
    title: "Updates wait for a restart",
    outcome:
      "The target's first start would finish them, on hardware for which they were not prepared. Windows may fail to start then.",
    remedy: "Restart the source once before the last synchronisation.",
  }),
  "os-evaluation": ({ os }) => ({
    title: `${os} is an evaluation edition`,
    outcome:
      "It migrates like any other, and its days go on counting: once they are over it turns itself off every hour. No cloud's licence activates it.",
    remedy:
      "See with slmgr /dlv how many days are left. Turn it into a full edition before the migration: DISM /online /Set-Edition:ServerStandard /ProductKey:KEY /AcceptEula.",
  }),
  "cpu-arch.foreign": ({ architecture }) => ({
    title: `The processor (${architecture}) is not an x86 one`,
    outcome: "It cannot be migrated: the agent and the images are for x86-64 and i686.",
    remedy: "Install the service anew on an x86 server and move its data by its own means.",
  }),
  "cpu-arch.undetermined": () => ({
    title: "The processor's architecture could not be determined",
    outcome: "Only x86 servers (x86-64, i686) can be migrated.",
    remedy: "Run `uname -m` (Linux) or systeminfo (Windows) on the source.",
  }),
  container: () => ({
    title: "This is a container, not a server",
    outcome:
      "It has no kernel of its own that could be started elsewhere, and the disks that it may see are those of the machine that runs it.",
    remedy: "Assess the machine that runs the container, or move the container by the means of its engine.",
  }),
  "low-memory": ({ availableBytes, minimumBytes }, f) => ({
    title: `Only ${f.bytes(availableBytes)} of memory are free`,
    outcome: `The agent needs up to 64 MiB. With less than ${f.bytes(minimumBytes)} free, the source may begin to swap while it is copied.`,
    remedy: "Migrate at a quiet hour, stop what is not needed, or add memory.",
  }),
  "clock-skew.offset": ({ offsetSeconds }, f) => ({
    title: `The clock is ${f.duration(Math.abs(offsetSeconds))} ${offsetSeconds > 0 ? "fast" : "slow"}`,
    outcome:
      "The data is not affected. Logs of the two machines do not line up, and cloud services refuse requests with a wrong time.",
    remedy: "Set the clock and switch on time synchronisation (chrony, ntpd, w32time).",
  }),
  "clock-skew.unsynchronised": () => ({
    title: "The clock is not synchronised",
    outcome: "The data is not affected. A clock that drifts makes cloud services refuse requests.",
    remedy: "Switch on time synchronisation (chrony, ntpd, w32time).",
  }),
  "collection.unprivileged": ({ gaps }, f) => ({
    title: "The facts were collected without administrator rights",
    outcome: `Much can only be read as root or Administrator; ${several(f, gaps, "item")} could not be read. What is missing counts as unknown here.`,
    remedy: "Run the collector again as root (sudo) or Administrator.",
  }),
  "collection.incomplete": ({ gaps }, f) => ({
    title: `${several(f, gaps, "item")} could not be read`,
    outcome: "What is missing counts as unknown here.",
    remedy: "Look at the evidence; collect again where the cause can be removed.",
  }),
  "time-to-migrate.expected": ({ optimisticSeconds, expectedSeconds, pessimisticSeconds }, f) => ({
    title: `The migration takes about ${f.duration(expectedSeconds)}`,
    outcome: `Between ${f.duration(optimisticSeconds)} and ${f.duration(pessimisticSeconds)}, by the assumptions named under Estimate. The source keeps running.`,
    remedy:
      "A faster link, or leaving out what need not move, shortens it. A first sync ahead of time leaves only the changes for the cutover.",
  }),
  "time-to-migrate.undetermined": () => ({
    title: "How long it takes could not be estimated",
    outcome: "The size of at least one disk is not known.",
    remedy: "Collect the facts again as root or Administrator.",
  }),
  "duplicate-host": ({ host, other }) => ({
    title: `${host} was assessed more than once`,
    outcome: `The same host is in ${other} too. A fleet's sums count it twice.`,
    remedy: "Keep the newest bundle of each host.",
  }),
  "more-findings": ({ of, count }, f) => ({
    title: `${several(f, count, "more finding")} of the kind “${of}”`,
    outcome: "They are of the same kind as those listed.",
    remedy: "Deal with the listed ones and assess again.",
  }),
};
