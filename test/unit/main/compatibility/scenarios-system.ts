/** One scenario for every message about the system as a whole. */
import { unknownFacts } from "../../../../common/domain/facts.ts";
import { device, gib, line, mib, plainLinux, plainWindows } from "./sample-facts.ts";
import { type Scenario, linuxWith, linux } from "./scenario-parts.ts";

export const systemScenarios: readonly Scenario[] = [
  {
    when: "the system is in no list",
    message: "os-unsupported.off-list",
    severity: "warning",
    facts: () => plainLinux("mageia", "5"),
  },
  {
    when: "the system resembles a listed one",
    message: "os-unsupported.derivative",
    severity: "warning",
    facts: () => plainLinux("rocky", "8.9"),
  },
  {
    when: "Windows is a client",
    message: "os-unsupported.client",
    severity: "warning",
    facts: () => plainWindows("10", "client"),
  },
  {
    when: "Windows is an evaluation edition",
    message: "os-evaluation",
    severity: "warning",
    facts: () => {
      const facts = plainWindows("2022");
      return { ...facts, os: { ...facts.os, edition: "Standard Evaluation" } };
    },
  },
  {
    when: "a vendor has the registration",
    message: "os-subscription.vendor",
    severity: "info",
    facts: () =>
      linux(() => ({ subscriptions: [{ product: "SUSE", through: "vendor", evidence: [line("ls", "x")] }] })),
  },
  {
    when: "a cloud serves the updates",
    message: "os-subscription.cloud",
    severity: "warning",
    facts: () =>
      linux(() => ({
        subscriptions: [{ product: "Red Hat", through: "cloud", evidence: [line("ls", "x")] }],
      })),
  },
  {
    when: "updates wait for a restart",
    message: "pending-restart",
    severity: "info",
    facts: () => linux(() => ({ pendingRestart: [line("/run/reboot-required", "x")] })),
  },
  {
    when: "only the lab knows the system",
    message: "os-unsupported.tested-here",
    severity: "info",
    facts: () => plainLinux("debian", "12"),
  },
  {
    when: "the system is neither Linux nor Windows",
    message: "os-unsupported.foreign",
    severity: "blocker",
    facts: () => linux(({ os }) => ({ os: { ...os, family: "other", distro: "solaris", version: "11" } })),
  },
  {
    when: "nothing names the system",
    message: "os-undetermined.system",
    severity: "warning",
    facts: unknownFacts,
  },
  {
    when: "the version is missing",
    message: "os-undetermined.version",
    severity: "warning",
    facts: () => linux(({ os }) => ({ os: { ...os, version: null } })),
  },
  {
    when: "the list leaves it open",
    message: "os-undetermined.ambiguous",
    severity: "warning",
    facts: () => plainLinux("amazon", "2023"),
  },
  {
    when: "Windows can no longer be activated",
    message: "os-eol-activation",
    severity: "warning",
    facts: () => plainWindows("2008 R2"),
  },
  {
    when: "the processor is no x86",
    message: "cpu-arch.foreign",
    severity: "blocker",
    facts: () => linux(({ os }) => ({ os: { ...os, architecture: "aarch64", architectureText: "aarch64" } })),
  },
  {
    when: "the processor is not known",
    message: "cpu-arch.undetermined",
    severity: "info",
    facts: () => linux(({ os }) => ({ os: { ...os, architecture: null } })),
  },
  {
    when: "it is a container",
    message: "container",
    severity: "warning",
    facts: () =>
      linux(() => ({
        platform: {
          kind: "container",
          vendor: null,
          product: null,
          evidence: [line("/proc/1/cgroup", "docker")],
        },
      })),
  },
  {
    when: "memory is short",
    message: "low-memory",
    severity: "warning",
    facts: () => linux(({ memory }) => ({ memory: { ...memory, availableBytes: 60 * mib } })),
  },
  {
    when: "the clock is a year off",
    message: "clock-skew.offset",
    severity: "warning",
    facts: () =>
      linux(({ clock }) => ({
        clock: { ...clock, offsetSeconds: -31_536_000, evidence: [line("date", "x")] },
      })),
  },
  {
    when: "the clock is not synchronised",
    message: "clock-skew.unsynchronised",
    severity: "info",
    facts: () =>
      linux(({ clock }) => ({
        clock: {
          ...clock,
          offsetSeconds: null,
          isSynchronised: false,
          evidence: [line("timedatectl", "no")],
        },
      })),
  },
  {
    when: "the collector was no root",
    message: "collection.unprivileged",
    severity: "warning",
    facts: () => linux(({ collection }) => ({ collection: { ...collection, wasPrivileged: false } })),
  },
  {
    when: "something could not be read",
    message: "collection.incomplete",
    severity: "info",
    facts: () =>
      linux(({ collection }) => ({
        collection: { ...collection, gaps: [{ what: "pvs", reason: "timed-out", detail: "10 s" }] },
      })),
  },
  {
    when: "sizes are known",
    message: "time-to-migrate.expected",
    severity: "info",
    facts: () => plainLinux(),
  },
  {
    when: "sizes are not known",
    message: "time-to-migrate.undetermined",
    severity: "info",
    facts: unknownFacts,
  },
  {
    when: "a rule has no end of findings",
    message: "more-findings",
    severity: "warning",
    facts: () =>
      linuxWith(
        ...Array.from({ length: 300 }, (_, at) =>
          device(`/dev/md${at}`, { kind: "raid", sizeBytes: gib, layout: "raid0" }),
        ),
      ),
  },
];
