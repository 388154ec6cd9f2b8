import { told } from "../../../../common/domain/report-text/told.ts";
import { isAtLeast, type WindowsGuest, type WindowsStep } from "../guest.ts";
import { dwordValue, readDword, textValue } from "../registry.ts";

const bootStart = 0;
const disabled = 4;
/** Windows' own for IDE and AHCI, and those of virtio where they were installed. */
const drivers = ["pciide", "intelide", "atapi", "msahci", "storahci", "viostor", "vioscsi"];
const diskControllers = "{4D36E96A-E325-11CE-BFC1-08002BE10318}";
/** What Server 2003 must know before it has seen the device: Microsoft's article 314082. */
const devices: readonly (readonly [device: string, driver: string])[] = [
  ["primary_ide_channel", "atapi"],
  ["secondary_ide_channel", "atapi"],
  ["*pnp0600", "atapi"],
  ["pci#cc_0101", "pciide"],
  ["pci#ven_8086&dev_7010", "intelide"],
  ["pci#ven_8086&dev_7111", "intelide"],
];

/**
 * A Windows that has never seen the target's disk controller starts only where its driver is started at boot. Disabled
 * ones stay so.
 */
export const bootDrivers: WindowsStep = {
  id: "windows-boot-drivers",
  run(guest) {
    const started = new Set<string>();
    for (const set of guest.controlSets) {
      for (const name of drivers) {
        if (!guest.driverFiles.has(`${name}.sys`)) continue;
        const key = `${set}\\Services\\${name}`;
        const start = readDword(guest.system, key, "Start");
        if (start === null || start === disabled) continue;
        if (start !== bootStart) {
          guest.system.set(key, dwordValue("Start", bootStart));
          started.add(name);
        }
        // From Windows 8 on: what Windows made of a driver whose device it did not find.
        for (const value of guest.system.values(`${key}\\StartOverride`) ?? []) {
          if (value.data.length === 4 && value.data.readUInt32LE() === bootStart) continue;
          guest.system.set(`${key}\\StartOverride`, dwordValue(value.name, bootStart));
          started.add(name);
        }
      }
      if (!isAtLeast(guest, 6, 0)) for (const name of announce(guest, set)) started.add(name);
    }
    if (started.size === 0) return { changes: [], notes: [] };
    return { changes: [told({ kind: "windows-boot-drivers", drivers: [...started] })], notes: [] };
  },
};

function announce(guest: WindowsGuest, set: string): string[] {
  const announced: string[] = [];
  for (const [device, driver] of devices) {
    const key = `${set}\\Control\\CriticalDeviceDatabase\\${device}`;
    const isUsable =
      guest.driverFiles.has(`${driver}.sys`) && guest.system.hasKey(`${set}\\Services\\${driver}`);
    if (!isUsable || guest.system.hasKey(key)) continue;
    guest.system.set(key, textValue("Service", driver));
    guest.system.set(key, textValue("ClassGUID", diskControllers));
    announced.push(driver);
  }
  return announced;
}
