import type { Facts } from "../../../common/domain/facts.ts";
import { finding } from "../../../common/domain/finding.ts";
import type { Rule } from "../rule.ts";

/** Container engines: file replication leaves their data out by default; it changes while it is copied. */
export const dockerData: Rule = {
  id: "docker-data",
  applies: (facts) => facts.services !== null || facts.storage.mounts.length > 0,
  check(facts) {
    const engines = (facts.services ?? []).filter(
      (service) => service.role === "container-engine" && service.isRunning !== false,
    );
    // containerd runs beneath Docker; Docker speaks for both.
    const hasDocker = engines.some((service) => service.name === "docker");
    if (engines.length === 0) return fromMounts(facts);
    return engines
      .filter((service) => !hasDocker || service.name !== "containerd")
      .map((service) =>
        finding("docker-data", {
          severity: "warning",
          subject: { kind: "service", name: service.name },
          effects: { block: "at-risk", file: "left-out" },
          evidence: service.evidence,
          params: { engine: service.name, paths: service.dataPaths },
        }),
      );
  },
};

const enginePaths: readonly (readonly [engine: string, path: RegExp])[] = [
  ["docker", /^\/var\/lib\/docker\//],
  ["podman", /^\/var\/lib\/containers\//],
  ["containerd", /^\/(var\/lib|run)\/(k3s\/)?containerd\//],
];

/** Running containers show in the mount table, where nothing tells what runs. */
function fromMounts({ storage }: Facts) {
  return enginePaths.flatMap(([engine, path]) => {
    const mounts = storage.mounts.filter(({ where }) => path.test(where));
    if (mounts.length === 0) return [];
    return [
      finding("docker-data", {
        severity: "warning",
        subject: { kind: "service", name: engine },
        effects: { block: "at-risk", file: "left-out" },
        evidence: mounts.flatMap(({ evidence }) => evidence).slice(0, 4),
        params: { engine, paths: [] },
      }),
    ];
  });
}
