/** The scripts that make and remove LVM snapshots, on a real device-mapper: what is copied, and what must hold whoever dies. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  beginMoment,
  checkSnapshots,
  endMoment,
  takeSnapshots,
} from "../../../main/migrations/consistency/scripts.ts";
import {
  partsText,
  planSnapshots,
  savedText,
  snapshotsText,
  type SnapshotPlan,
} from "../../../main/migrations/consistency/snapshot-plan.ts";
import { parseVolumeFacts, surveyVolumes } from "../../../main/migrations/consistency/volume-facts.ts";
import { startUmlMachine, umlObstacle, type UmlMachine } from "../../support/uml-machine.ts";

const mebi = 1_048_576;
const job = "snapjob1";
const disk = "/dev/ubda";
const agent = "/run/agent";
const state = `/run/sma-moment-${job}`;

describe.skipIf(umlObstacle() !== null)("LVM snapshots for a last pass (needs user-mode Linux)", () => {
  let folder: string;
  let machine: UmlMachine;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sma-uml-"));
    const image = join(folder, "disk.raw");
    writeFileSync(image, "");
    truncateSync(image, 160 * mebi);
    execFileSync("sfdisk", ["--quiet", image], {
      input: "label: dos\nstart=2048, type=8e\n",
      stdio: ["pipe", "pipe", "pipe"],
    });
    machine = startUmlMachine(join(folder, "machine"), image);
    await machine.sh(`set -e
      pvcreate -qq ${disk}1; vgcreate -qq lab ${disk}1
      lvcreate -qq -y -Wn -L 48m -n one lab; lvcreate -qq -y -Wn -L 32m -n t-wo lab
      for name in one t-wo; do
        mkfs.ext4 -q /dev/lab/$name; mkdir /run/$name; mount /dev/lab/$name /run/$name; mkdir /run/$name/w
      done
      mkdir -m 700 ${agent}`);
  });
  afterEach(async () => {
    await machine.sh(endMoment, job, "all");
    expect(await left()).toBe("one t-wo");
  });
  afterAll(async () => {
    await machine.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Logical volumes, and what else a moment could leave. */
  const left = async (): Promise<string> =>
    (
      await machine.sh(
        `lvs --noheadings -o lv_name lab | sort; ls -d ${state} ${agent}/agent.parts 2>/dev/null; true`,
      )
    )
      .trim()
      .replaceAll(/\s+/g, " ");

  async function plan(): Promise<SnapshotPlan> {
    const facts = parseVolumeFacts(await machine.sh(surveyVolumes, job, disk));
    const choice = facts === null ? expect.fail("no LVM") : planSnapshots(facts, job);
    return choice.possible ? choice.plan : expect.fail(choice.why.what);
  }

  const take = (wanted: SnapshotPlan): Promise<string> =>
    machine.sh(takeSnapshots, job, agent, snapshotsText(wanted), savedText(wanted), partsText(wanted));

  it("give a copy that is one moment of each volume, in which LVM knows of no snapshot", async () => {
    expect(await machine.sh(beginMoment, job, "300", "300", "")).toBe("on\n");
    await machine.sh(`for d in one t-wo; do
      (cd /run/$d/w; n=0; while [ ! -e /run/enough ]; do n=$((n + 1)); echo $n >> log; echo $n > new; mv new f$((n % 20)); sleep 0.02; done) >/dev/null 2>&1 &
    done`);
    const wanted = await plan();
    expect(await take(wanted)).toBe("snapshots\n");
    // What the agent does: the disk, and over it the parts; meanwhile the source is written.
    await machine.sh(`set -e
      cp ${disk} /mnt/copy.raw
      while IFS='	' read -r disk offset length start from; do
        [ "$disk" != end ] || break
        dd if="$from" of=/mnt/copy.raw bs=512 skip=$((start / 512)) seek=$((offset / 512)) count=$((length / 512)) conv=notrunc 2>/dev/null
      done < ${agent}/agent.parts
      dmsetup table lab-one-real; dmsetup table lab-t--wo-real`);
    expect(await machine.sh(checkSnapshots, job, agent)).toBe("whole\n");
    await machine.sh("touch /run/enough; sleep 0.2; rm /run/enough");

    const copy = readFileSync(join(folder, "machine", "copy.raw"));
    const start = 2048 * 512;
    const metadata = copy.subarray(start, start + mebi).toString("latin1");
    expect(metadata).toContain("logical_volumes");
    expect(metadata).not.toContain(`sma-${job}`);
    for (const volume of wanted.snapshots) {
      const table = (
        await machine.sh(
          `dmsetup table lab-${volume.volume.replaceAll("-", "--")} || true; dmsetup table lab-${volume.volume.replaceAll("-", "--")}-real`,
        )
      ).trim();
      const [, length = "0", at = "0"] = /^0 (\d+) linear \S+ (\d+)$/m.exec(table) ?? [];
      const from = start + Number(at) * 512;
      const file = join(folder, "volume.raw");
      writeFileSync(file, copy.subarray(from, from + Number(length) * 512));
      expect(execFileSync("e2fsck", ["-f", "-n", file], { stdio: "pipe" }).toString()).not.toMatch(
        /recovering|WARNING|errors/i,
      );
    }
  });

  it("that overflow are told, and are no longer readable", async () => {
    await machine.sh(beginMoment, job, "300", "300", "");
    const wanted = await plan();
    const small = { ...wanted, snapshots: wanted.snapshots.map((each) => ({ ...each, extents: 1 })) };
    expect(await take(small)).toBe("snapshots\n");
    await machine.sh(
      "dd if=/dev/urandom of=/run/one/flood bs=1M count=16 conv=fsync 2>/dev/null; rm /run/one/flood",
    );
    expect(await machine.sh(checkSnapshots, job, agent)).toBe(`overfull sma-${job}-0\n`);
    expect(
      await machine.sh(
        `dd if=/dev/mapper/lab-sma--${job}--0 of=/dev/null bs=4096 count=1 iflag=direct 2>&1 || true`,
      ),
    ).toContain("Input/output error");
  });

  it("are taken away by the watchdog, also from an agent that reads", async () => {
    await machine.sh(`cat > ${agent}/sma-agent <<'AGENT'
#!/bin/sh
kill "$(cat ${agent}/reader)"
AGENT
chmod 700 ${agent}/sma-agent`);
    const wanted = await plan();
    // On a machine so slow that the watchdog is quicker than the snapshots, it is given more time.
    for (let seconds = 5; ; seconds *= 4) {
      await machine.sh(beginMoment, job, String(seconds), String(seconds), "echo followed > /run/followed");
      if ((await take(wanted)) === "snapshots\n") break;
      await machine.sh(endMoment, job, "all");
      await machine.sh("rm -f /run/followed");
    }
    await machine.sh(
      `sleep 1000 < /dev/mapper/lab-sma--${job}--0 >/dev/null 2>&1 & echo $! > ${agent}/reader`,
    );
    await machine.sh("while [ ! -e /run/followed ]; do sleep 0.1; done; rm /run/followed");
    expect((await left()).startsWith("one t-wo /run/sma-moment")).toBe(true);
    expect(await machine.sh(checkSnapshots, job, agent)).toBe("gone\n");
    expect(await machine.sh(endMoment, job, "all")).toBe("fired\nover\n");
  });

  it("are found by their tag where the source was started anew, and nothing else is", async () => {
    await machine.sh(beginMoment, job, "300", "300", "");
    expect(await take(await plan())).toBe("snapshots\n");
    // A reboot takes memory along, and the watchdog.
    await machine.sh(`rm -rf ${state} ${agent}/agent.parts; lvcreate -qq -y -Wn -l 1 -n sma-${job}-9 lab`);
    expect(await machine.sh(endMoment, job, "all")).toBe("over\n");
    expect(await left()).toBe(`one sma-${job}-9 t-wo`);
    await machine.sh(`lvremove -qq -f lab/sma-${job}-9`);
  });

  it("that cannot be made leave nothing", async () => {
    await machine.sh(beginMoment, job, "300", "300", "");
    const wanted = await plan();
    const [first, second] = wanted.snapshots;
    if (first === undefined || second === undefined) expect.fail("no two snapshots");
    expect(await take({ ...wanted, snapshots: [first, { ...second, volume: "none" }] })).toMatch(
      /^failed a snapshot of lab\/none cannot be made/,
    );
    expect(await left()).toBe(`one t-wo ${state}`);
  });
});
