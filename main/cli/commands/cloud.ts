import type { ProcedureInput } from "../../../common/api/procedures.ts";
import { unwrap } from "../../../common/result.ts";
import {
  makingFrom,
  makingOptions,
  networkOptions,
  networkTypeFrom,
  placeFrom,
  placeOptions,
  targetOptions,
  cloudTargetFrom,
} from "../cloud-options.ts";
import {
  choice,
  contentOf,
  onlyOperand,
  text,
  UsageError,
  type Command,
  type CommandContext,
} from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { formatTable, printable } from "../format.ts";

/** From a file or the terminal; a secret as an argument would stand in the list of processes. */
async function secretFrom(
  context: CommandContext,
  option: string,
  question: string,
): Promise<string | undefined> {
  const file = text(context.options, `${option}-file`);
  if (file !== undefined) return (await contentOf(file, `${option}-file`)).trim();
  return context.terminal.canAsk ? (await context.terminal.askSecret(question)).reveal() : undefined;
}

const set: Command = {
  name: "cloud set",
  operands: "NAME",
  summary: "keep the access key of a cloud account, or change it",
  details:
    "The AccessKey secret is asked for where no file gives it, and goes into the vault. Use a RAM user that may do no more than a migration needs: docs/CLOUD.md has the policy.",
  options: {
    "access-key-id": { type: "string", value: "ID", description: "AccessKey ID" },
    "access-key-secret-file": {
      type: "string",
      value: "FILE",
      description: "AccessKey secret (- for standard input)",
    },
    "security-token-file": {
      type: "string",
      value: "FILE",
      description: "token of temporary credentials (STS)",
    },
    "token-expires": {
      type: "string",
      value: "TIME",
      description: "when they end, such as 2026-11-27T12:00:00Z",
    },
    "ecs-endpoint": { type: "string", value: "HOST", description: "instead of ecs.REGION.aliyuncs.com" },
    "vpc-endpoint": { type: "string", value: "HOST", description: "instead of vpc.REGION.aliyuncs.com" },
    "sts-endpoint": { type: "string", value: "HOST", description: "instead of sts.REGION.aliyuncs.com" },
    "oss-endpoint": { type: "string", value: "HOST", description: "instead of oss-REGION.aliyuncs.com" },
    authority: {
      type: "string",
      value: "FILE",
      description: "PEM of who signs those endpoints' certificates",
    },
  },
  async run(context) {
    const { options, terminal } = context;
    const name = onlyOperand(context, "account; `sma cloud accounts` lists them");
    const assistant = await context.assistant();
    const known = unwrap(await assistant.call("cloud.account.list", {})).find((each) => each.name === name);
    const accessKeyId = text(options, "access-key-id") ?? known?.accessKeyId;
    if (accessKeyId === undefined) throw new UsageError("--access-key-id is wanted");
    const isNew = known === undefined || accessKeyId !== known.accessKeyId;
    const secretFile = text(options, "access-key-secret-file");
    const secret =
      isNew || secretFile !== undefined
        ? await secretFrom(context, "access-key-secret", `AccessKey secret of ${accessKeyId}: `)
        : undefined;
    if (isNew && secret === undefined) throw new UsageError("--access-key-secret-file is wanted");
    const tokenFile = text(options, "security-token-file");
    const authority = text(options, "authority");
    const endpoint = (product: "ecs" | "vpc" | "sts" | "oss") =>
      text(options, `${product}-endpoint`) ?? known?.endpoints[product] ?? null;
    const account: ProcedureInput<"cloud.account.set"> = {
      name,
      accessKeyId,
      ...(secret === undefined ? {} : { accessKeySecret: secret }),
      ...(tokenFile === undefined
        ? {}
        : { securityToken: (await contentOf(tokenFile, "security-token-file")).trim() }),
      tokenExpiresAt: text(options, "token-expires") ?? (isNew ? null : (known?.tokenExpiresAt ?? null)),
      endpoints: { ecs: endpoint("ecs"), vpc: endpoint("vpc"), sts: endpoint("sts"), oss: endpoint("oss") },
      authorityPem:
        authority === undefined ? (known?.authorityPem ?? null) : await contentOf(authority, "authority"),
    };
    const saved = unwrap(await assistant.call("cloud.account.set", account));
    terminal.print(`account ${saved.name}: ${saved.accessKeyId}; \`sma cloud test ${saved.name}\` tries it`);
    terminal.printJson(saved);
    return exitCodes.done;
  },
};

const listAccounts: Command = {
  name: "cloud accounts",
  operands: "",
  summary: "list cloud accounts, without their secrets",
  options: {},
  async run({ assistant, terminal }) {
    const accounts = unwrap(await (await assistant()).call("cloud.account.list", {}));
    const rows = accounts.map(({ name, accessKeyId, hasToken, tokenExpiresAt }) => [
      ...[name, accessKeyId, hasToken ? `temporary, ends ${tokenExpiresAt ?? "at an unknown time"}` : ""],
    ]);
    if (accounts.length === 0) terminal.print("no cloud accounts yet; `sma cloud set` keeps one");
    else for (const line of formatTable([["NAME", "ACCESS KEY", "KIND"], ...rows])) terminal.print(line);
    terminal.printJson(accounts);
    return exitCodes.done;
  },
};

const remove: Command = {
  name: "cloud forget",
  operands: "NAME",
  summary: "forget a cloud account and its secrets",
  options: {},
  async run(context) {
    const account = onlyOperand(context, "account; `sma cloud accounts` lists them");
    unwrap(await (await context.assistant()).call("cloud.account.remove", { account }));
    context.terminal.print(`${account} is forgotten`);
    return exitCodes.done;
  },
};

const test: Command = {
  name: "cloud test",
  operands: "NAME",
  summary: "ask the cloud whose key it is",
  options: {},
  async run(context) {
    const account = onlyOperand(context, "account; `sma cloud accounts` lists them");
    const who = unwrap(
      await (await context.assistant()).call("cloud.account.test", { account }, context.signal),
    );
    context.terminal.print(`${who.arn} (${who.identityType}, account ${who.accountId})`);
    context.terminal.printJson(who);
    return exitCodes.done;
  },
};

const kinds = ["regions", "zones", "vpcs", "vswitches", "security-groups", "instances", "buckets"] as const;

const list: Command = {
  name: "cloud list",
  operands: "KIND",
  summary: "list what there is to choose from in a region",
  details: `KIND is one of ${kinds.join(", ")}.`,
  options: { ...placeOptions, vpc: networkOptions.vpc },
  async run(context) {
    const { options, terminal, signal } = context;
    const given = onlyOperand(context, "kind");
    const kind = kinds.find((each) => each === given);
    if (kind === undefined) throw new UsageError(`one of ${kinds.join(", ")} is wanted, not "${given}"`);
    const account = text(options, "account");
    if (account === undefined) throw new UsageError("--account is wanted");
    const assistant = await context.assistant();
    const show = (items: readonly Readonly<Record<string, string | number | boolean>>[]): number => {
      const [first] = items;
      const columns = Object.keys(first ?? {});
      const rows = items.map((item) => columns.map((column) => printable(String(item[column] ?? ""))));
      for (const line of formatTable([columns.map((column) => column.toUpperCase()), ...rows]))
        terminal.print(line);
      if (items.length === 0) terminal.print("there are none");
      terminal.printJson(items);
      return exitCodes.done;
    };
    if (kind === "regions") return show(unwrap(await assistant.call("cloud.regions", { account }, signal)));
    const region = text(options, "region");
    if (region === undefined) throw new UsageError("--region is wanted");
    const place = { account, region, networkType: networkTypeFrom(options) };
    const inVpc = { ...place, vpcId: text(options, "vpc") ?? null };
    switch (kind) {
      case "vswitches":
        return show(unwrap(await assistant.call("cloud.vswitches", inVpc, signal)));
      case "security-groups":
        return show(unwrap(await assistant.call("cloud.security-groups", inVpc, signal)));
      case "zones":
        return show(unwrap(await assistant.call("cloud.zones", place, signal)));
      case "vpcs":
        return show(unwrap(await assistant.call("cloud.vpcs", place, signal)));
      case "instances":
        return show(unwrap(await assistant.call("cloud.instances", place, signal)));
      case "buckets":
        return show(unwrap(await assistant.call("cloud.buckets", place, signal)));
    }
  },
};

const check: Command = {
  name: "cloud check",
  operands: "",
  summary: "say whether a target in the cloud has all that it needs; makes nothing",
  options: targetOptions,
  async run({ options, assistant, terminal, signal }) {
    const { cloud } = cloudTargetFrom({ ...options, target: "alibaba-cloud" });
    if (cloud === undefined || cloud === null) throw new UsageError("--target is alibaba-cloud here");
    const checks = unwrap(await (await assistant()).call("cloud.check", cloud, signal));
    for (const { title, verdict, detail, remedy } of checks) {
      terminal.print(`${verdict.padEnd(8)} ${title}: ${printable(detail)}`);
      if (remedy !== null) terminal.print(`         ${remedy}`);
    }
    terminal.printJson(checks);
    return checks.some(({ verdict }) => verdict === "missing") ? exitCodes.blocked : exitCodes.done;
  },
};

const addInstance: Command = {
  name: "cloud add",
  operands: "NAME",
  summary: "name an instance of the cloud for cutovers: one that is there, or one that a cutover is to make",
  details:
    "Nothing is made or changed in the cloud by it. With --instance-id it is one that is there, and is never deleted.",
  options: {
    ...placeOptions,
    ...networkOptions,
    ...makingOptions,
    firmware: {
      type: "string",
      choices: ["bios", "uefi"],
      value: "KIND",
      description: "bios or uefi (bios)",
    },
  },
  async run(context) {
    const { options, terminal, signal } = context;
    const instanceId = text(options, "instance-id");
    const firmware = choice(options, "firmware", ["bios", "uefi"]) ?? "bios";
    const from =
      instanceId === undefined
        ? ({ kind: "new", making: makingFrom(options) } as const)
        : ({ kind: "existing", instanceId } as const);
    const wish = {
      name: onlyOperand(context, "instance"),
      place: placeFrom(options),
      firmware,
      from,
    } as const;
    const added = unwrap(await (await context.assistant()).call("cloud.instance.add", wish, signal));
    terminal.print(`${added.spec.name}: ${added.cloudInstanceId ?? "made by a drill or a cutover"}`);
    terminal.printJson(added);
    return exitCodes.done;
  },
};

const clean: Command = {
  name: "cloud clean",
  operands: "",
  summary: "remove from the cloud what the ledger has and nobody needs any more",
  options: {},
  async run({ assistant, terminal, signal }) {
    const { removed } = unwrap(await (await assistant()).call("cloud.clean", {}, signal));
    for (const each of removed) terminal.print(`removed ${each}`);
    if (removed.length === 0) terminal.print("nothing was left");
    terminal.printJson({ removed });
    return exitCodes.done;
  },
};

export const cloudCommands: readonly Command[] = [
  ...[set, listAccounts, test, remove],
  ...[list, check, addInstance, clean],
];
