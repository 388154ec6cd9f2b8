/** Instances as libvirt domains, through virsh. */
import { told } from "../../common/domain/report-text/told.ts";
import { copyFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fail, ok, type Failure, type Result } from "../../common/result.ts";
import { detectAccelerator, type Accelerator } from "../../intermediate/qemu/accelerator.ts";
import { runTool } from "../../intermediate/qemu/run-tool.ts";
import type { InstanceDocument } from "../store/cutover-store.ts";
import { findUefiFirmware } from "../../intermediate/qemu/uefi-firmware.ts";
import { instanceFiles, userNetwork, type PowerDriver, type PowerState } from "./power.ts";

const pollMs = 500;

/** @param uri the hypervisor to talk to, e.g. `qemu:///system`. */
export function createLibvirtPower(uri: string): PowerDriver {
  const virsh = async (argv: readonly string[], signal: AbortSignal): Promise<Result<string>> => {
    const ran = await runTool("virsh", ["--quiet", "--connect", uri, ...argv], { signal });
    if (!ran.ok) {
      return ran.failure.code === "tool-missing"
        ? fail(
            "tool-missing",
            told({ kind: "program-absent", program: "virsh" }),
            { tool: "virsh" },
            told({ kind: "install-libvirt" }),
          )
        : ran;
    }
    const { exitCode, stdout, stderr } = ran.value;
    const output = stderr.trim();
    return exitCode === 0
      ? ok(stdout.trim())
      : fail(
          "instance-failed",
          told({ kind: "virsh-failed", act: argv[0] ?? "", text: output.split("\n").at(-1) ?? "" }),
          {
            tool: "virsh",
            output,
          },
        );
  };
  const never = new AbortController().signal;

  /** The domain of the instance's UUID: a domain that only has its name is somebody else's. */
  const state = async (instance: InstanceDocument): Promise<Result<PowerState>> => {
    const answer = await virsh(["domstate", instance.uuid], never);
    // A libvirt that does not answer says nothing of the machine, which runs on without it.
    if (!answer.ok && !isUnknown(answer.failure)) return answer;
    const running = answer.ok && !["shut off", "crashed", ""].includes(answer.value);
    return ok({ power: running ? "running" : "stopped", pid: null });
  };
  const isOff = async (instance: InstanceDocument): Promise<boolean> => {
    const answer = await state(instance);
    return answer.ok && answer.value.power === "stopped";
  };

  return {
    state,

    async start(instance, signal) {
      const now = await state(instance);
      if (!now.ok) return now;
      if (now.value.power === "running") return ok(instance.accelerator ?? "tcg");
      const { accelerator: wanted } = instance.spec;
      const accelerator = wanted === "auto" ? await detectAccelerator() : wanted;
      const xml = domainXml(instance, accelerator);
      if (!xml.ok) return xml;
      const xmlPath = join(instance.folder, instanceFiles.domain);
      await writeFile(xmlPath, xml.value, { mode: 0o600 });
      const defined = await virsh(["define", xmlPath], signal);
      if (!defined.ok) return defined;
      const started = await virsh(["start", instance.uuid], signal);
      return started.ok ? ok(accelerator) : started;
    },

    async stop(instance, graceSeconds, signal) {
      const now = await state(instance);
      if (!now.ok) return now;
      if (now.value.power === "stopped") return ok();
      if (graceSeconds > 0) {
        await virsh(["shutdown", instance.uuid], signal);
        for (let waited = 0; waited < graceSeconds * 1000 && !signal.aborted; waited += pollMs) {
          if (await isOff(instance)) return ok();
          await sleep(pollMs, undefined, { signal }).catch(() => undefined);
        }
        if (signal.aborted)
          return fail("cancelled", told({ kind: "stopping-stopped", name: instance.spec.name }));
      }
      const destroyed = await virsh(["destroy", instance.uuid], never);
      if (destroyed.ok || (await isOff(instance))) return ok();
      return destroyed;
    },

    async dumpScreen(instance, path) {
      const picture = `${path}.virsh`;
      const shot = await virsh(["screenshot", instance.uuid, picture], never);
      if (!shot.ok) return false;
      await copyFile(picture, path);
      await rm(picture, { force: true });
      return true;
    },

    async forget(instance) {
      const known = await virsh(["dominfo", instance.uuid], never);
      if (!known.ok) return isUnknown(known.failure) ? ok() : known;
      const gone = await virsh(["undefine", "--nvram", instance.uuid], never);
      return gone.ok ? ok() : gone;
    },
  };
}

/** What virsh says, in English whatever the locale, of a domain that libvirt does not have. */
const isUnknown = ({ context }: Failure): boolean =>
  /failed to get domain|domain not found/i.test(String(context["output"] ?? ""));

const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** The domain as libvirt wants it; its disks and console are the instance's own files. */
export function domainXml(instance: InstanceDocument, accelerator: Accelerator): Result<string> {
  const { spec, folder, uuid } = instance;
  const file = (name: string): string => escapeXml(join(folder, name));
  const firmware = spec.firmware === "uefi" ? findUefiFirmware() : null;
  if (firmware !== null && !firmware.ok) return firmware;
  const loader =
    firmware === null
      ? ""
      : `<loader readonly="yes" type="pflash">${escapeXml(firmware.value.codePath)}</loader>` +
        `<nvram>${file(instanceFiles.firmwareVariables)}</nvram>`;
  const disks = instance.disks.map(
    (disk, index) =>
      `<disk type="file" device="disk"><driver name="qemu" type="qcow2" discard="unmap"/>` +
      `<source file="${file(disk.file)}"/><target dev="vd${String.fromCharCode(97 + index)}" bus="virtio"/>` +
      `<boot order="${index + 1}"/></disk>`,
  );
  // libvirt's own user-mode network has no port forwards; they go to QEMU itself.
  const network =
    spec.network === "none"
      ? ""
      : `<qemu:commandline><qemu:arg value="-netdev"/><qemu:arg value="${escapeXml(userNetwork(spec))}"/>` +
        `<qemu:arg value="-device"/><qemu:arg value="virtio-net-pci,netdev=net,addr=0x1c,romfile="/></qemu:commandline>`;
  return ok(
    [
      `<domain type="${accelerator === "kvm" ? "kvm" : "qemu"}" xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0">`,
      `<name>sma-${spec.name}</name><uuid>${uuid}</uuid>`,
      `<memory unit="MiB">${spec.memoryMiB}</memory><vcpu>${spec.cpus}</vcpu>`,
      `<os><type arch="x86_64" machine="${spec.firmware === "uefi" ? "q35" : "pc"}">hvm</type>${loader}</os>`,
      `<features><acpi/></features>`,
      accelerator === "kvm" ? `<cpu mode="host-passthrough"/>` : `<cpu mode="maximum"/>`,
      `<on_reboot>restart</on_reboot><on_crash>destroy</on_crash>`,
      `<devices>`,
      ...disks,
      `<serial type="unix"><source mode="bind" path="${file(instanceFiles.serialSocket)}"/>` +
        `<log file="${file(instanceFiles.console)}" append="on"/><target port="0"/></serial>`,
      `<video><model type="vga"/></video><graphics type="vnc" listen="127.0.0.1" autoport="yes"/>`,
      `<rng model="virtio"><backend model="random">/dev/urandom</backend></rng>`,
      `</devices>`,
      network,
      `</domain>`,
      "",
    ].join("\n"),
  );
}
