/** Instances of a libvirt that does not answer; `virsh` is a script that says what the real one says then. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { instanceSpecSchema } from "../../../../common/domain/instance.ts";
import { unwrap } from "../../../../common/result.ts";
import { createLibvirtPower } from "../../../../main/instances/libvirt-power.ts";
import { createLocalInstances } from "../../../../main/instances/local-instances.ts";
import { createQemuPower } from "../../../../main/instances/qemu-power.ts";
import { CutoverStore } from "../../../../main/store/cutover-store.ts";
import { openDatabase } from "../../../../main/store/database.ts";
import type { InstanceTarget } from "../../../../main/targets/contract.ts";

const path = process.env["PATH"] ?? "";
const signal = new AbortController().signal;
const spec = instanceSpecSchema.parse({
  name: "web",
  driver: "libvirt",
  memoryMiB: 64,
  accelerator: "tcg",
  network: "none",
});
const unknown = "error: failed to get domain 'web'";
const silent = "error: failed to connect to the hypervisor";

let folder = "";
let database: DatabaseSync;
let target: InstanceTarget;

const virshSays = (complaint: string): void =>
  writeFileSync(join(folder, "virsh"), `#!/bin/sh\necho "${complaint}" >&2\nexit 1\n`, { mode: 0o755 });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sma-libvirt-"));
  process.env["PATH"] = `${folder}:${path}`;
  database = unwrap(openDatabase(folder));
  target = createLocalInstances({
    store: new CutoverStore(database, Date.now),
    directory: join(folder, "instances"),
    drivers: { qemu: createQemuPower(), libvirt: createLibvirtPower("test:///none") },
    clock: Date.now,
  });
  virshSays(unknown);
  unwrap(await target.provision(spec, [], signal));
});
afterEach(() => {
  process.env["PATH"] = path;
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

it("an instance of a libvirt that does not answer keeps its files and is not called stopped", async () => {
  virshSays(silent);
  const failed = { ok: false, failure: { code: "instance-failed" } };
  expect(await target.find("web")).toMatchObject(failed);
  expect(await target.replaceDisks("web", "tag", [])).toMatchObject(failed);
  expect(await target.remove("web")).toMatchObject(failed);
  expect(existsSync(join(folder, "instances", "web"))).toBe(true);
});

it("an instance whose domain libvirt does not have is stopped, and goes", async () => {
  expect(unwrap(await target.find("web")).power).toBe("stopped");
  expect(await target.remove("web")).toMatchObject({ ok: true });
  expect(existsSync(join(folder, "instances", "web"))).toBe(false);
});
