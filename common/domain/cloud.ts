/** Alibaba Cloud as a target: where a result goes, what it becomes there, and by which account. */
import { z } from "zod";
import { instanceNameSchema } from "./instance-name.ts";

/** A name of this installation for a set of credentials; part of vault entries and options. */
export const cloudAccountNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "up to 40 lower-case letters, digits and dashes");

export const cloudRegionSchema = z
  .string()
  .max(40)
  .regex(/^[a-z]{2,}(-[a-z0-9]+)+$/, "a region such as cn-hangzhou");

/** An id as the cloud gives them: `vpc-…`, `vsw-…`, `sg-…`, `i-…`, `m-…`. */
const idSchema = (kind: string, example: string) =>
  z
    .string()
    .max(64)
    .regex(new RegExp(`^${kind}-[A-Za-z0-9]+$`), `an id such as ${example}`);
export const vpcIdSchema = idSchema("vpc", "vpc-bp1opxu1zkhn00g");
export const vSwitchIdSchema = idSchema("vsw", "vsw-bp1ddbrxdlrcbim46");
export const securityGroupIdSchema = idSchema("sg", "sg-bp15ed6xe1yxeycg7");
export const cloudInstanceIdSchema = idSchema("i", "i-bp67acfmxazb4p");

export const bucketNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, "3 to 63 lower-case letters, digits and dashes");

export const instanceTypeSchema = z
  .string()
  .max(64)
  .regex(/^ecs\.[a-z0-9-]+(\.[a-z0-9-]+)+$/, "an instance type such as ecs.g7.large");

export const diskCategories = [
  "cloud_essd",
  "cloud_auto",
  "cloud_essd_entry",
  "cloud_ssd",
  "cloud_efficiency",
] as const;
export const diskCategorySchema = z.enum(diskCategories);

export const cloudNetworkTypes = ["internet", "vpc"] as const;

/**
 * How the intermediate and the assistant reach the cloud: by its public endpoints, or by those inside a VPC, which
 * wants both to be in it or connected to it (VPN Gateway, Express Connect).
 */
export const cloudNetworkSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("internet") }),
  z.object({ type: z.literal("vpc"), vpcId: vpcIdSchema, vSwitchId: vSwitchIdSchema }),
]);
export type CloudNetwork = z.infer<typeof cloudNetworkSchema>;

export const cloudResultKinds = ["image", "new-instance", "existing-instance"] as const;

/** What of an instance is decided beforehand. It costs nothing until a drill or a cutover makes it. */
export const cloudMakingSchema = z.object({
  instanceType: instanceTypeSchema,
  vSwitchId: vSwitchIdSchema,
  securityGroupId: securityGroupIdSchema,
  diskCategory: diskCategorySchema.default("cloud_essd"),
});
export type CloudMaking = z.infer<typeof cloudMakingSchema>;

/** An image alone, or also an instance that a cutover can hand the system over to. */
export const cloudResultSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("image") }),
  z.object({ kind: z.literal("new-instance"), name: instanceNameSchema, making: cloudMakingSchema }),
  z.object({
    kind: z.literal("existing-instance"),
    name: instanceNameSchema,
    instanceId: cloudInstanceIdSchema,
  }),
]);
export type CloudResult = z.infer<typeof cloudResultSchema>;

export const cloudPlaceSchema = z.object({
  account: cloudAccountNameSchema,
  region: cloudRegionSchema,
  /** An OSS bucket of that region, which image files pass through. */
  bucket: bucketNameSchema,
  network: cloudNetworkSchema.default({ type: "internet" }),
  result: cloudResultSchema.default({ kind: "image" }),
});
export type CloudPlace = z.infer<typeof cloudPlaceSchema>;

/** Host and, where it is not 443, port. */
export const endpointSchema = z
  .string()
  .max(260)
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?$/,
    "a host name or address, perhaps with a port",
  );

/** Endpoints in the place of the public ones: private clouds, gateways, proxies that end TLS. */
export const cloudEndpointsSchema = z.object({
  ecs: endpointSchema.nullable().default(null),
  vpc: endpointSchema.nullable().default(null),
  sts: endpointSchema.nullable().default(null),
  oss: endpointSchema.nullable().default(null),
});
export type CloudEndpoints = z.infer<typeof cloudEndpointsSchema>;

export const accessKeyIdSchema = z.string().regex(/^[A-Za-z0-9._-]{2,128}$/, "an AccessKey ID");

/** An account as it is kept outside the vault. */
export const cloudAccountSchema = z.object({
  name: cloudAccountNameSchema,
  /** Not a secret: it names the key. */
  accessKeyId: accessKeyIdSchema,
  /** True for temporary credentials of the Security Token Service. */
  hasToken: z.boolean(),
  /** When temporary credentials end, where that is known. */
  tokenExpiresAt: z.iso.datetime().nullable(),
  endpoints: cloudEndpointsSchema,
  /** PEM of the authority that signs the endpoints' certificates; null: the public ones. */
  authorityPem: z.string().max(65_536).nullable(),
});
export type CloudAccount = z.infer<typeof cloudAccountSchema>;

/** What a job's images became in the cloud. */
export const deliveredImageSchema = z.object({
  kind: z.literal("alibaba-cloud"),
  account: z.string(),
  region: z.string(),
  imageId: z.string(),
  imageName: z.string(),
  /** The instance's name here that a cutover can use; null where an image alone was wanted. */
  instance: z.string().nullable(),
});
export type DeliveredImage = z.infer<typeof deliveredImageSchema>;

const gibibyte = 1024 ** 3;

/** What ECS takes; checked before anything travels. Sizes are those of the virtual disks. */
export const cloudLimits = {
  systemDiskBytes: 2048 * gibibyte,
  dataDiskBytes: 2048 * gibibyte,
  /** One system disk and sixteen data disks. */
  disks: 17,
  /** ECS makes a smaller system disk this large. */
  smallestSystemDiskGiB: 20,
  imageNameCharacters: 128,
} as const;

export const inGibibytes = (bytes: number): number => Math.max(1, Math.ceil(bytes / gibibyte));

/** The security group of a drill's instance. */
export const drillGroupName = (instance: string): string => `sma-${instance}-closed`;

/** An image name as ECS takes it, made of what people call things; `suffix` keeps it unlike any other. */
export function cloudImageName(source: string, suffix: string): string {
  const words = source.replace(/[^A-Za-z0-9:_.-]+/g, "-").replace(/^[^A-Za-z]+/, "");
  const room = cloudLimits.imageNameCharacters - suffix.length - 5;
  return `sma-${words.slice(0, room)}${words === "" ? "" : "-"}${suffix}`;
}
