import { createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { unwrap } from "../../../../common/result.ts";
import { sealBundle } from "../../../../main/inventory/bundle-seal.ts";
import { factsFromFile } from "../../../../main/inventory/facts-from-file.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const bundle = '{"format": 1, "files": {"/etc/os-release": "ID=debian\\nVERSION_ID=12\\n"}}';

describe("a file that an admin brings", () => {
  it.each([
    ["a bundle", bundle, "a.json", "debian"],
    [
      "a bundle with its fields in another order",
      '{"commands": {}, "files": {"/etc/os-release": "ID=debian\\n"}, "format": 1}',
      "a.json",
      "debian",
    ],
    ["an os-release", "ID=debian\nVERSION_ID=12\n", "os-release", "debian"],
    [
      "a systeminfo",
      "Host Name:      A\nOS Name:        Microsoft Windows Server 2019 Standard\nOS Version:     10.0.17763 N/A Build 17763\n",
      "srv.txt",
      "windows",
    ],
  ])("is known for %s", (_what, text, name, distro) => {
    expect(unwrap(factsFromFile(bytes(text), name)).os.distro).toBe(distro);
  });

  it("is lsblk's JSON where it is no bundle", () => {
    const facts = unwrap(
      factsFromFile(bytes('{"blockdevices": [{"name": "sda", "type": "disk", "size": 1024}]}'), "lsblk.json"),
    );
    expect(facts.storage.devices).toMatchObject([{ id: "/dev/sda", sizeBytes: 1024 }]);
  });

  it.each([
    ["a bundle without its format", '{"files": {}}', "b.json", "format"],
    ["a bundle of another generation", '{"format": 9}', "b.json", "format"],
  ])("is refused by the name of the field: %s", (_what, text, name, field) => {
    const result = factsFromFile(bytes(text), name);
    expect(!result.ok && result.failure).toMatchObject({
      code: "bundle-invalid",
      context: { file: name, field },
    });
  });

  it("opens sealed with the key and says that it needs one without", () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const sealed = bytes(sealBundle(bytes(bundle), createPublicKey(privateKey), randomBytes));
    expect(unwrap(factsFromFile(sealed, "a.sealed", privateKey)).os.distro).toBe("debian");
    const refused = factsFromFile(sealed, "a.sealed");
    expect(!refused.ok && refused.failure.context["field"]).toBe("key");
  });
});
