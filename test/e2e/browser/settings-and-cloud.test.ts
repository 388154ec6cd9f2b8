/** Settings, each of which must do something, and the wizard's target step with a cloud: the real engine, a stand-in for the cloud. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ProcedureOutput } from "../../../common/api/procedures.ts";
import { choicesOf } from "../../../renderer/store/wizard-choices.ts";
import type { emptyDraft } from "../../../renderer/store/wizard-draft.ts";
import { seriousFindingsInBothThemes } from "../../support/accessibility.ts";
import { accountAt, bucket, region } from "../../support/alibaba-cloud/cloud-bench.ts";
import { until } from "../../support/local-source.ts";
import { projectDirectory } from "../../support/run-sma.ts";
import { CloudStandIn } from "../../support/alibaba-cloud/stand-in.ts";
import { startBrowserHost, type JourneyHost } from "../journeys/hosts.ts";
import { AppPage } from "../pages/app-page.ts";
import { WizardPage } from "../pages/wizard-page.ts";

let folder = "";
let standIn: CloudStandIn;
let host: JourneyHost;
let app: AppPage;
let releases: Server;
let releaseAddress = "";
const pictures = join(projectDirectory, "test-results", "settings");

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true });
  releases = createServer((_request, response) =>
    response.end(JSON.stringify({ version: "99.0.0", page: "https://example.org/sma" })),
  );
  await new Promise<void>((resolve) => releases.listen(0, "127.0.0.1", resolve));
  releaseAddress = `http://127.0.0.1:${(releases.address() as AddressInfo).port}/`;
  folder = mkdtempSync(join(tmpdir(), "sma-cloud-target-"));
  standIn = await CloudStandIn.open();
  standIn.oss.addBucket(bucket, region);
  standIn.oss.addBucket("elsewhere", "cn-shanghai");
  host = await startBrowserHost(join(folder, "state"));
  app = new AppPage(host.page);
});
afterAll(async () => {
  await host?.stop();
  await standIn?.close();
  releases?.close();
  rmSync(folder, { recursive: true, force: true });
});

const settingsOf = async () => (await app.call<ProcedureOutput<"settings.get">>("settings.get", {})).settings;
const field = (label: string) => app.page.getByLabel(label, { exact: true });
const section = (title: string) =>
  app.page.locator("section").filter({ has: app.page.getByRole("heading", { name: title, exact: true }) });
const picture = (name: string) =>
  app.page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });

it("changes language and theme at once, and keeps them", async () => {
  await app.goTo("Settings");
  await field("Language").selectOption("ja");
  await app.page.getByRole("heading", { level: 1, name: "設定" }).waitFor();
  expect(await app.page.evaluate(() => document.documentElement.lang)).toBe("ja");
  await picture("ja");
  await field("言語").selectOption("zh-CN");
  await app.page.getByRole("heading", { level: 1, name: "设置" }).waitFor();
  await picture("zh");
  await field("语言").selectOption("en");
  await field("Theme").selectOption("dark");
  await app.page.locator('[data-mantine-color-scheme="dark"]').first().waitFor();
  await until(async () => (await settingsOf()).theme === "dark");
  await app.page.reload();
  await app.page.locator('[data-mantine-color-scheme="dark"]').first().waitFor();
  await field("Theme").selectOption("system");
});

it("says what is wrong with numbers, and has the next job use the ports that were saved", async () => {
  const numbers = section("Ports that new migrations propose");
  await field("Disk data port").fill("70000");
  await numbers.getByRole("button", { name: "Save" }).click();
  await numbers.getByText(/whole number/i).waitFor();
  expect((await settingsOf()).ports).toEqual({ control: 8080, data: 8703 });
  await field("Control port").fill("9080");
  await field("Disk data port").fill("9703");
  await field("Assessments to keep of each source").fill("3");
  await numbers.getByRole("button", { name: "Save" }).click();
  await app.page.getByText("Saved.", { exact: true }).first().waitFor();
  expect(await settingsOf()).toMatchObject({
    ports: { control: 9080, data: 9703 },
    retention: { assessmentsPerSource: 3 },
  });
});

it("tells of a newer version where an address is set, and refuses one that anybody could read along", async () => {
  const updates = section("Updates");
  const address = field("Address that tells the newest version");
  await address.fill("http://example.org/");
  await updates.getByRole("button", { name: "Save" }).click();
  await updates.getByText("An https address without a name or password in it.").waitFor();
  await address.fill(releaseAddress);
  await updates.getByRole("button", { name: "Save" }).click();
  await updates.getByRole("button", { name: "Look now" }).click();
  await updates.getByText("Version 99.0.0 is there.").waitFor();
});

it("keeps accounts of a cloud, says at the field what is wrong, and asks the cloud whether they work", async () => {
  const { endpoints, authorityPem } = accountAt(standIn);
  const accounts = section("Cloud accounts");
  await accounts.getByRole("button", { name: "Add an account" }).click();
  await field("Name here").fill("Main Account");
  await accounts.getByText("Up to 40 lower-case letters, digits and dashes.").nth(1).waitFor();
  await accounts.getByRole("button", { name: "Save the account" }).click();
  for (const label of ["Name here", "AccessKey ID", "AccessKey secret"])
    await app.page.locator('[aria-invalid="true"]').and(field(label)).waitFor();
  await field("Name here").fill("test");
  await field("AccessKey ID").fill("LTAItest");
  await field("AccessKey secret").fill("wrong-secret");
  await accounts.getByRole("button", { name: "Temporary credentials, private cloud" }).click();
  for (const product of ["ECS", "VPC", "STS", "OSS"])
    await field(`Endpoint of ${product}`).fill(endpoints.ecs ?? "");
  await field("Authority that signs the endpoints' certificates (PEM)").fill(authorityPem ?? "");
  await picture("account");
  await accounts.getByRole("button", { name: "Save the account" }).click();
  await accounts.getByRole("button", { name: "Test test" }).click();
  await accounts.getByText("test does not work").waitFor();
  await picture("accounts");
  await accounts.getByRole("button", { name: "Change test" }).click();
  await field("AccessKey secret").fill("correct-horse");
  await accounts.getByRole("button", { name: "Save the account" }).click();
  await accounts.getByRole("button", { name: "Test test" }).click();
  await accounts.getByText("Works", { exact: true }).waitFor();
});

it("gives a diagnostics bundle that holds no secret, and the key that bundles are sealed to", async () => {
  const [download] = await Promise.all([
    app.page.waitForEvent("download"),
    app.page.getByRole("button", { name: "Save the diagnostics bundle" }).click(),
  ]);
  const text = readFileSync(await download.path(), "utf8");
  expect(JSON.parse(text)).toMatchObject({ settings: { ports: { control: 9080 } } });
  expect(text).not.toContain("correct-horse");
  await app.page.getByRole("button", { name: "Show the public key" }).click();
  await app.page.getByText("BEGIN PUBLIC KEY").first().waitFor();
  await section("Vault").getByText("key file that only this user can read").waitFor();
  await picture("en");
  expect(await seriousFindingsInBothThemes(app.page)).toEqual([]);
  expect(app.problems).toEqual([]);
});

it("offers what the account has, says at the field what is wrong, and what it will cost", async () => {
  const wizard = new WizardPage(app.page);
  const authentication = { user: "root", keyFiles: [], useSshAgent: false, passwordEntry: null };
  const address = { host: "192.0.2.1", port: 22, hostKey: null, legacyAlgorithms: false };
  for (const name of ["web", "kvm"])
    await app.call("source.add", {
      name,
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
  const made = () => standIn.seen.filter((each) => !/:(Describe|Get|List)/.test(each));
  expect(made()).toEqual([]);
  await app.page.getByRole("button", { name: "Check account, permissions, bucket and network" }).click();
  await app.page.locator(".checks li").filter({ hasText: "permissions" }).getByText("Works").waitFor();
  // The cloud was asked whether it would, and did nothing.
  const wouldBeMade = made();
  // Another machine may receive it; without one there is no going on.
  await wizard.field("Another Linux machine").check();
  await app.page.getByRole("button", { name: "Next" }).click();
  expect(await wizard.field("Target host").getAttribute("aria-invalid")).toBe("true");
  await wizard.field("Target host").selectOption({ label: "kvm (root@192.0.2.1:22)" });
  await wizard.fill({ "Folder for replicas and images": "/srv/replicas" });
  expect(await wizard.field("Control port").getAttribute("placeholder")).toBe("9080");
  await picture("cloud-target");
  expect(await seriousFindingsInBothThemes(app.page)).toEqual([]);
  await wizard.next("Plan");
  await wizard.next("Review");
  await app.page.getByText("An instance ecs.g7.large, only when you hold a drill or cut over.").waitFor();
  await app.page.getByText("All of this in the cloud costs, and test pays for it.").waitFor();
  await app.page.getByText("below kvm:/srv/replicas").waitFor();
  const draft = await app.call<typeof emptyDraft>("wizard.draft.get", {});
  expect(choicesOf(draft, draft.sources[0] ?? "").targetHost).toMatchObject({ program: "sma-intermediate" });
  expect(draft).toMatchObject({ cloudVpc: "vpc-test1", cloudVSwitch: "vsw-test1", cloudNetwork: "vpc" });
  expect(made()).toEqual(wouldBeMade);
  expect(app.problems).toEqual([]);
});
