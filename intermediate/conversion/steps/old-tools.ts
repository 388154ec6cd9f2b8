import { told } from "../../../common/domain/report-text/told.ts";
import type { ConversionStep, StepChange, StepOutcome } from "../guest.ts";

/** Services of other platforms, by platform. */
const services: Readonly<Record<string, readonly string[]>> = {
  VMware: ["vmtoolsd", "open-vm-tools", "vgauth", "vgauthd", "vmware-tools", "run-vmblock\\x2dfuse.mount"],
  VirtualBox: ["vboxadd", "vboxadd-service", "vboxadd-x11", "vboxservice", "virtualbox-guest-utils"],
  Xen: ["xe-daemon", "xe-linux-distribution", "xendriverdomain"],
  "Hyper-V": [
    ...["hv-kvp-daemon", "hv-fcopy-daemon", "hv-vss-daemon"],
    ...["hypervkvpd", "hypervvssd", "hypervfcopyd", "hv_kvp_daemon", "hv_vss_daemon", "hv_fcopy_daemon"],
  ],
  Parallels: ["prltoolsd"],
};

/** Tools of the old platform wait for devices that are no longer there, or change the clock and the network. */
export const oldTools: ConversionStep = {
  id: "old-tools",
  applies: () => true,

  async run({ tree }): Promise<StepOutcome> {
    const changes: StepChange[] = [];
    for (const [platform, names] of Object.entries(services)) {
      const disabled: string[] = [];
      for (const name of names) {
        const unit = name.includes(".") ? name : `${name}.service`;
        const isUnit = tree.has(`/lib/systemd/system/${unit}`) || tree.has(`/usr/lib/systemd/system/${unit}`);
        const isScript = tree.has(`/etc/init.d/${name}`);
        const mask = `/etc/systemd/system/${unit}`;
        if ((!isUnit && !isScript) || tree.has(mask)) continue;
        tree.link("/dev/null", mask);
        disabled.push(name);
      }
      if (disabled.length > 0) {
        changes.push(told({ kind: "tools-off", platform, services: disabled, how: "masked" }));
      }
    }
    return { changes };
  },
};
