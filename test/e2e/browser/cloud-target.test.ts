/** The wizard's target step with a cloud, in a browser: the real engine, and a stand-in for the cloud. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { emptyDraft } from "../../../renderer/store/wizard-draft.ts";
import { seriousFindingsInBothThemes } from "../../support/accessibility.ts";
import { accountAt, bucket, region } from "../../support/alibaba-cloud/cloud-bench.ts";
import { CloudStandIn } from "../../support/alibaba-cloud/stand-in.ts";
import { startBrowserHost, type JourneyHost } from "../journeys/hosts.ts";
import { AppPage } from "../pages/app-page.ts";
import { WizardPage } from "../pages/wizard-page.ts";

let folder = "";
let standIn: CloudStandIn;
let host: JourneyHost;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sma-cloud-target-"));
  standIn = await CloudStandIn.open();
  standIn.oss.addBucket(bucket, region);
  standIn.oss.addBucket("elsewhere", "cn-shanghai");
  host = await startBrowserHost(join(folder, "state"));
});
afterAll(async () => {
  await host?.stop();
  await standIn?.close();
  rmSync(folder, { recursive: true, force: true });
});

it("offers what the account has, says at the field what is wrong, and what it will cost", async () => {
  const app = new AppPage(host.page);
  const wizard = new WizardPage(app.page);
  const { hasToken: _hasToken, ...account } = accountAt(standIn);
  await app.call("cloud.account.set", { ...account, accessKeySecret: "correct-horse" });
  const authentication = { user: "root", keyFiles: [], useSshAgent: false, passwordEntry: null };
  const address = { host: "192.0.2.1", port: 22, hostKey: null, legacyAlgorithms: false };
  await app.call("source.add", {
    name: "web",
    tags: [],
    address: {
      kind: "ssh",
      jumpHosts: [],
      elevation: { method: "none" },
      host: { ...address, authentication: { ...authentication, keyPassphraseEntry: null } },
    },
  });
  await wizard.open();
  await wizard.choose("web");
  await wizard.next("Check");
  await wizard.next("Target");
  await wizard.field("Alibaba Cloud").check();
  await app.page.getByRole("button", { name: "Next" }).click();
  await app.page.getByText("This is needed.").first().waitFor();
  await wizard.field("Account").selectOption("test");
  await wizard.field("Region").selectOption(region);
  await wizard.field("OSS bucket").selectOption(bucket);
  expect(await wizard.field("OSS bucket").locator("option").count()).toBe(2);
  await wizard.field("VPC").check();
  const chooser = (label: string) => app.page.locator("select").and(wizard.field(label));
  await chooser("VPC").selectOption("vpc-test1");
  await chooser("vSwitch").selectOption("vsw-test1");
  await wizard.field("An image and a new instance").check();
  await wizard.fill({ "Name of the instance here": "web", "Instance type": "g7" });
  await app.page.getByText("An instance type such as ecs.g7.large.").waitFor();
  await wizard.fill({ "Instance type": "ecs.g7.large" });
  await chooser("Security group").selectOption("sg-test1");
  expect(await seriousFindingsInBothThemes(app.page)).toEqual([]);
  await wizard.next("Plan");
  await wizard.next("Review");
  await app.page.getByText("An instance ecs.g7.large, only when you hold a drill or cut over.").waitFor();
  await app.page.getByText("All of this in the cloud costs, and test pays for it.").waitFor();
  const draft = await app.call<typeof emptyDraft>("wizard.draft.get", {});
  expect(draft).toMatchObject({ cloudVpc: "vpc-test1", cloudVSwitch: "vsw-test1", cloudNetwork: "vpc" });
  expect(standIn.seen.filter((each) => !/:(Describe|Get|List)/.test(each))).toEqual([]);
  expect(app.problems).toEqual([]);
});
