/** Where each interface of a region answers. */
import { z } from "zod";
import data from "../../../../resources/alibaba-cloud/regions.json" with { type: "json" };
import type { CloudEndpoints, cloudNetworkTypes } from "../../../../common/domain/cloud.ts";

export const knownRegions = z
  .object({ regions: z.array(z.object({ id: z.string(), name: z.string() })) })
  .parse(data).regions;

export type NetworkType = (typeof cloudNetworkTypes)[number];

/** Inside a VPC the interfaces answer under other names, and the traffic stays inside. An override is taken as it is. */
export function endpointsOf(
  region: string,
  network: NetworkType,
  own: CloudEndpoints,
): Readonly<Record<keyof CloudEndpoints, string>> {
  const inside = network === "vpc";
  const product = (name: string) =>
    inside ? `${name}-vpc.${region}.aliyuncs.com` : `${name}.${region}.aliyuncs.com`;
  return {
    ecs: own.ecs ?? product("ecs"),
    vpc: own.vpc ?? product("vpc"),
    sts: own.sts ?? product("sts"),
    oss: own.oss ?? `oss-${region}${inside ? "-internal" : ""}.aliyuncs.com`,
  };
}

const isAddress = (host: string): boolean => /^(\d+\.){3}\d+$|^\[/.test(host);

/** Buckets are host names of their own, save where the endpoint is a bare address, which has none below it. */
export function bucketAddress(
  endpoint: string,
  bucket: string,
): { readonly endpoint: string; readonly prefix: string } {
  const [host = ""] = endpoint.split(":");
  if (bucket === "") return { endpoint, prefix: "/" };
  return isAddress(host)
    ? { endpoint, prefix: `/${bucket}/` }
    : { endpoint: `${bucket}.${endpoint}`, prefix: "/" };
}
