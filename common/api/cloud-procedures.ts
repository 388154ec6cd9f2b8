/** What the assistant asks a cloud for: accounts, and what there is to choose from. */
import { z } from "zod";
import { failureSchema } from "../domain/job.ts";
import { saidSchema } from "../domain/remark-base.ts";
import {
  cloudAccountNameSchema,
  cloudAccountSchema,
  cloudEndpointsSchema,
  cloudInstanceIdSchema,
  cloudMakingSchema,
  cloudNetworkTypes,
  cloudPlaceSchema,
  cloudRegionSchema,
  vpcIdSchema,
} from "../domain/cloud.ts";
import { instanceNameSchema, instanceViewSchema } from "../domain/instance.ts";

const accountReference = z.object({ account: cloudAccountNameSchema });
/** Where to look, and by which kind of endpoint. */
const place = accountReference.extend({
  region: cloudRegionSchema,
  networkType: z.enum(cloudNetworkTypes).default("internet"),
});

export const cloudRegionViewSchema = z.object({ id: z.string(), name: z.string() });
export const cloudZoneViewSchema = z.object({ id: z.string(), name: z.string() });
export const cloudVpcViewSchema = z.object({
  id: z.string(),
  name: z.string(),
  cidr: z.string(),
  isUsable: z.boolean(),
});
export const cloudVSwitchViewSchema = cloudVpcViewSchema.extend({
  vpcId: z.string(),
  zone: z.string(),
  freeAddresses: z.number().int().nonnegative(),
});
export const cloudSecurityGroupViewSchema = z.object({ id: z.string(), name: z.string(), vpcId: z.string() });
export const cloudBucketViewSchema = z.object({ name: z.string(), region: z.string() });
export const cloudInstanceViewSchema = z.object({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  zone: z.string(),
  instanceType: z.string(),
  vpcId: z.string(),
  operatingSystem: z.string(),
});
export type CloudInstanceChoice = z.infer<typeof cloudInstanceViewSchema>;

/** A check before anything is made, in the order in which they were made. */
export const cloudCheckSchema = z.object({
  id: z.string(),
  /** What was looked at, for a person. */
  title: z.string(),
  verdict: z.enum(["ok", "missing", "unknown"]),
  detail: z.string(),
  remedy: z.string().nullable(),
  /** Detail and remedy as data, for other languages. */
  said: saidSchema.optional(),
  /** What went wrong, where the cloud refused to tell. */
  failure: failureSchema.optional(),
});
export type CloudCheck = z.infer<typeof cloudCheckSchema>;

export const cloudAccountChangeSchema = cloudAccountSchema
  .omit({ hasToken: true, tokenExpiresAt: true, endpoints: true, authorityPem: true })
  .extend({
    /** Only inwards: never shown again. Absent: as before. */
    accessKeySecret: z.string().min(1).max(256).optional(),
    /** Of temporary credentials; null takes it away. */
    securityToken: z.string().min(1).max(8192).nullable().optional(),
    tokenExpiresAt: z.iso.datetime().nullable().default(null),
    endpoints: cloudEndpointsSchema.prefault({}),
    authorityPem: z.string().max(65_536).nullable().default(null),
  });

export const cloudProcedures = {
  "cloud.account.list": { input: z.object({}), output: z.array(cloudAccountSchema) },
  "cloud.account.set": { input: cloudAccountChangeSchema, output: cloudAccountSchema },
  /** With its secrets. Refused where unfinished jobs or resources in the cloud need it. */
  "cloud.account.remove": { input: accountReference, output: z.null() },
  /** Asks the cloud who the credentials belong to. */
  "cloud.account.test": {
    input: accountReference,
    output: z.object({ accountId: z.string(), arn: z.string(), identityType: z.string() }),
  },
  "cloud.regions": { input: accountReference, output: z.array(cloudRegionViewSchema) },
  "cloud.zones": { input: place, output: z.array(cloudZoneViewSchema) },
  "cloud.vpcs": { input: place, output: z.array(cloudVpcViewSchema) },
  "cloud.vswitches": {
    input: place.extend({ vpcId: vpcIdSchema.nullable().default(null) }),
    output: z.array(cloudVSwitchViewSchema),
  },
  "cloud.security-groups": {
    input: place.extend({ vpcId: vpcIdSchema.nullable().default(null) }),
    output: z.array(cloudSecurityGroupViewSchema),
  },
  "cloud.instances": { input: place, output: z.array(cloudInstanceViewSchema) },
  "cloud.buckets": { input: place, output: z.array(cloudBucketViewSchema) },
  /** Credentials, permissions, bucket, network and instance of a target, before a job is made. Changes nothing. */
  "cloud.check": { input: cloudPlaceSchema, output: z.array(cloudCheckSchema) },
  /** Puts an instance of the cloud among the instances: one that is there, or one that a cutover is to make. */
  "cloud.instance.add": {
    input: z.object({
      name: instanceNameSchema,
      place: cloudPlaceSchema.omit({ result: true }),
      firmware: z.enum(["bios", "uefi"]).default("bios"),
      from: z.discriminatedUnion("kind", [
        z.object({ kind: z.literal("existing"), instanceId: cloudInstanceIdSchema }),
        z.object({ kind: z.literal("new"), making: cloudMakingSchema }),
      ]),
    }),
    output: instanceViewSchema,
  },
  /** Removes what a job or an instance that is gone left in the cloud, by the ledger alone. */
  "cloud.clean": { input: z.object({}), output: z.object({ removed: z.array(z.string()) }) },
} as const;
