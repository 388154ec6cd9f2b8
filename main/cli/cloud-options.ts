/** Options that name a place in a cloud and what becomes of a result there. */
import type { ProcedureInput } from "../../common/api/procedures.ts";
import {
  cloudNetworkTypes,
  cloudResultKinds,
  diskCategories,
  type cloudPlaceSchema,
} from "../../common/domain/cloud.ts";
import type { z } from "zod";
import { choice, text, UsageError, type CommandOption, type OptionValues } from "./command.ts";

export const placeOptions = {
  account: { type: "string", value: "NAME", description: "cloud account (sma cloud accounts)" },
  region: { type: "string", value: "REGION", description: "region, such as cn-hangzhou" },
  "network-type": {
    type: "string",
    value: "TYPE",
    choices: cloudNetworkTypes,
    description: "internet: public endpoints; vpc: those inside a VPC (default: internet)",
  },
} as const satisfies Record<string, CommandOption>;

export const networkOptions = {
  bucket: {
    type: "string",
    value: "NAME",
    description: "OSS bucket of the region that image files pass through",
  },
  vpc: { type: "string", value: "ID", description: "VPC, with --network-type vpc" },
  vswitch: {
    type: "string",
    value: "ID",
    description: "vSwitch, with --network-type vpc or for a new instance",
  },
} as const satisfies Record<string, CommandOption>;

export const makingOptions = {
  "instance-type": {
    type: "string",
    value: "TYPE",
    description: "type of a new instance, such as ecs.g7.large",
  },
  "security-group": { type: "string", value: "ID", description: "security group of a new instance" },
  "disk-category": {
    type: "string",
    value: "CATEGORY",
    choices: diskCategories,
    description: "category of its disks (default: cloud_essd)",
  },
  "instance-id": { type: "string", value: "ID", description: "an instance that is there, i-…" },
} as const satisfies Record<string, CommandOption>;

export const targetOptions = {
  target: {
    type: "string",
    value: "KIND",
    choices: ["folder", "alibaba-cloud"],
    description: "where the result goes on to (default: it stays in the folder)",
  },
  ...placeOptions,
  ...networkOptions,
  result: {
    type: "string",
    value: "KIND",
    choices: cloudResultKinds,
    description: "in the cloud: an image, or an instance for a cutover as well (default: image)",
  },
  instance: { type: "string", value: "NAME", description: "name here of that instance" },
  ...makingOptions,
} as const satisfies Record<string, CommandOption>;

type PlaceInput = z.input<typeof cloudPlaceSchema>;

function wanted(options: OptionValues, name: string, why: string): string {
  const given = text(options, name);
  if (given === undefined) throw new UsageError(`--${name} is wanted ${why}`);
  return given;
}

export function networkTypeFrom(options: OptionValues): (typeof cloudNetworkTypes)[number] {
  return choice(options, "network-type", cloudNetworkTypes) ?? "internet";
}

export function placeFrom(options: OptionValues): PlaceInput {
  const why = "for a target in the cloud";
  const type = networkTypeFrom(options);
  const inVpc = "with --network-type vpc";
  return {
    account: wanted(options, "account", why),
    region: wanted(options, "region", why),
    bucket: wanted(options, "bucket", why),
    network:
      type === "internet"
        ? { type }
        : { type, vpcId: wanted(options, "vpc", inVpc), vSwitchId: wanted(options, "vswitch", inVpc) },
  };
}

export function makingFrom(options: OptionValues) {
  const why = "for a new instance";
  return {
    instanceType: wanted(options, "instance-type", why),
    vSwitchId: wanted(options, "vswitch", why),
    securityGroupId: wanted(options, "security-group", why),
    diskCategory: choice(options, "disk-category", diskCategories) ?? "cloud_essd",
  };
}

/** Nothing for a folder; options of a cloud without `--target` are a mistake. */
export function cloudTargetFrom(
  options: OptionValues,
): Pick<ProcedureInput<"job.create">["choices"], "cloud"> {
  if ((choice(options, "target", ["folder", "alibaba-cloud"]) ?? "folder") === "folder") {
    for (const name of ["account", "region", "bucket", "vpc", "vswitch", "result", "network-type"])
      if (text(options, name) !== undefined)
        throw new UsageError(`--${name} goes with --target alibaba-cloud`);
    return {};
  }
  const kind = choice(options, "result", cloudResultKinds) ?? "image";
  const named = "for a result that is an instance";
  const result =
    kind === "image"
      ? { kind }
      : kind === "new-instance"
        ? { kind, name: wanted(options, "instance", named), making: makingFrom(options) }
        : {
            kind,
            name: wanted(options, "instance", named),
            instanceId: wanted(options, "instance-id", "for an existing instance"),
          };
  return { cloud: { ...placeFrom(options), result } };
}

/** What a target in the cloud makes there, and that it costs, before it is made. */
export function costNotes(cloud: NonNullable<ReturnType<typeof cloudTargetFrom>["cloud"]>): string[] {
  const { bucket, region, account, result } = cloud;
  const notes = [
    `in Alibaba Cloud (${account}, ${region}) this makes, at the account's cost:`,
    `  files in the OSS bucket ${bucket}, removed when the image is there`,
    "  a custom image with a snapshot of each disk, which stays until you remove it",
  ];
  if (result?.kind === "new-instance")
    notes.push(`  an instance ${result.making.instanceType}, only when you hold a drill or cut over`);
  if (result?.kind === "existing-instance")
    notes.push(
      `  at a cutover: a snapshot and an image of ${result.instanceId}'s system disk, until you finalise`,
      "  at a drill: an instance of the same type, removed at its end",
    );
  return notes;
}
