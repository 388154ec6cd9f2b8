import type { Evidence } from "../../common/domain/facts.ts";
import type { BundleView } from "./bundle-view.ts";
import { evidenceOf, linesOf } from "./capture.ts";

/** Where the system says that installed updates wait for a restart; empty where it says nothing. */
export function pendingRestart(view: BundleView): Evidence[] {
  const found: Evidence[] = view
    .files(/^\/(var\/)?run\/reboot-(required|needed)$/)
    .map((capture) => evidenceOf(capture, linesOf(capture)[0] ?? null));
  for (const command of view.commands("needs-restarting", "zypper")) {
    // `needs-restarting -r` and `zypper needs-rebooting` end with an exit code of their own for "yes".
    const line = linesOf(command.output).find(({ text }) =>
      /^(Reboot is (required|suggested)|Reboot is probably)/.test(text),
    );
    if (line) found.push(evidenceOf(command.output, line));
  }
  for (const command of view.commands("pending-restart", "reg")) {
    const line = linesOf(command.output).find(({ text }) =>
      /(Component Based Servicing\\RebootPending|Auto Update\\RebootRequired)\s*$/i.test(text),
    );
    if (line) found.push(evidenceOf(command.output, line));
  }
  return found.slice(0, 4);
}
