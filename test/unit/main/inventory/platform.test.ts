import { describe, expect, it } from "vitest";
import { platformFacts } from "../../../../main/inventory/platform.ts";

const rows: readonly (readonly [
  vendor: string,
  product: string,
  detected: readonly string[],
  kind: string | null,
])[] = [
  ["UCloud", "Uhost", [], "other-virtual"],
  ["QingCloud", "QingCloud", ["kvm"], "kvm"],
  ["CTyun", "Elastic Cloud Server", [], "other-virtual"],
  ["DigitalOcean", "Droplet", [], "other-virtual"],
  ["Hetzner", "vServer", ["kvm"], "kvm"],
  ["Tencent Cloud", "CVM", ["kvm"], "tencent-cloud"],
  ["Alibaba Cloud", "Alibaba Cloud ECS", ["kvm"], "alibaba-cloud"],
  ["Amazon EC2", "m5.large", [], "aws"],
  ["Microsoft Corporation", "Virtual Machine", ["microsoft"], "hyper-v"],
  ["Dell Inc.", "PowerEdge R740", ["none"], "physical"],
  ["HPE", "ProLiant DL380 Gen10", [], "physical"],
  ["Supermicro", "Super Server", [], "physical"],
  ["To Be Filled By O.E.M.", "To Be Filled By O.E.M.", [], null],
];

describe("the platform by the firmware's words", () => {
  it.each(rows)("%s %s %j is %s", (vendor, product, detected, kind) => {
    const words = {
      vendor,
      product,
      detected,
      biosVendor: null,
      biosVersion: null,
      boardVendor: null,
      assetTag: null,
    };
    expect(platformFacts({ ...words, hasHypervisorFlag: null, evidence: [] }).kind).toBe(kind);
  });
});
