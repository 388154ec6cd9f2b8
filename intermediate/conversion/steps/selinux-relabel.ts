import type { ConversionStep, StepOutcome } from "../guest.ts";

/** New files have no label: an enforcing system relabels itself once. The last step, as it looks at what others did. */
export const selinuxRelabel: ConversionStep = {
  id: "selinux-relabel",
  title: "SELinux labels",
  applies: ({ tree }) => /^SELINUX=(enforcing|permissive)\s*$/m.test(tree.text("/etc/selinux/config") ?? ""),

  async run({ tree }): Promise<StepOutcome> {
    if (!tree.isChanged) return { changes: [] };
    tree.write("/.autorelabel", "");
    return {
      changes: [{ what: "SELinux labels all files anew at the first boot, which then restarts once" }],
    };
  },
};
