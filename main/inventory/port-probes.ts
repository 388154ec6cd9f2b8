import type { PortProbe } from "../../common/domain/facts.ts";
import type { BundleView } from "./bundle-view.ts";
import { evidenceOf, linesOf } from "./capture.ts";

/** Lines `port-probe HOST PORT open|closed` that the collectors write for each endpoint they were told to try. */
export function portProbes(view: BundleView): readonly PortProbe[] {
  return view.commands("port-probe").flatMap((command) =>
    linesOf(command.output).flatMap((line) => {
      const match = /^(\S+) (\d{1,5}) (open|closed)$/.exec(line.text.trim());
      if (!match) return [];
      return [
        {
          host: match[1] ?? "",
          port: Number(match[2]),
          isReachable: match[3] === "open",
          evidence: [evidenceOf(command.output, line)],
        },
      ];
    }),
  );
}
