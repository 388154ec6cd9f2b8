import { told } from "../../../common/domain/report-text/told.ts";
import { changedFiles, labelChanged } from "../changed-files.ts";
import { nothing, type ConversionStep, type StepOutcome } from "../guest.ts";

/** Which of its policies the system loads; null where SELinux is off. */
export function selinuxPolicy(config: string | undefined): string | null {
  if (!/^SELINUX=(?:enforcing|permissive)\s*$/m.test(config ?? "")) return null;
  return /^SELINUXTYPE=([A-Za-z0-9_-]+)\s*$/m.exec(config ?? "")?.[1] ?? "targeted";
}

/**
 * What was written here has no label, or a wrong one. The last step, as it looks at what others did. Where the guest's
 * own tool cannot set the labels now, the system labels everything at its first boot, which takes long and restarts it.
 */
export const selinuxRelabel: ConversionStep = {
  id: "selinux-relabel",
  applies: ({ tree }) => selinuxPolicy(tree.text("/etc/selinux/config")) !== null,

  async run({ appliance, tree }): Promise<StepOutcome> {
    const files = await changedFiles(appliance);
    if (files.length === 0) return nothing;
    const policy = selinuxPolicy(tree.text("/etc/selinux/config")) ?? "targeted";
    if (await labelChanged(appliance, policy)) {
      return { changes: [told({ kind: "selinux-labelled" })] };
    }
    tree.write("/.autorelabel", "");
    return { changes: [told({ kind: "selinux-at-first-boot" })] };
  },
};
