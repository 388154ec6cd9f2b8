/**
 * The `user_config.json` of a Server Migration Center client: where a machine is to go. It says nothing about the
 * machine, and holds the cloud account's keys, which are never taken out of it.
 */
import { z } from "zod";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { scanJson } from "./json-scan.ts";

const gibibyte = 1024 ** 3;
const textField = z.string().max(1000).default("");
const diskSize = z.number().int().min(-1).max(1_000_000);

const configSchema = z.object({
  access_id: textField,
  secret_key: textField,
  region_id: z.string().max(100).default(""),
  image_name: textField,
  /** GiB; -1 and 0: as large as the source's. */
  system_disk_size: diskSize,
  platform: textField,
  architecture: textField,
  bandwidth_limit: z.number().int().min(0).default(0),
  data_disks: z
    .array(
      z.object({
        data_disk_index: z.number().int().min(1).max(64),
        data_disk_size: diskSize,
        src_path: z.string().max(4096),
      }),
    )
    .max(64)
    .default([]),
});

export interface ClientConfig {
  /** Null where the file leaves it open, here and below. */
  readonly region: string | null;
  readonly imageName: string | null;
  readonly systemDiskBytes: number | null;
  readonly platform: string | null;
  readonly architecture: string | null;
  /** KB a second as the client counts; null without a limit. */
  readonly bandwidthLimit: number | null;
  readonly dataDisks: readonly {
    readonly index: number;
    readonly sizeBytes: number | null;
    readonly sourcePath: string;
  }[];
  /** The keys themselves stay in the file. */
  readonly holdsKeys: boolean;
}

/** Whether JSON text is meant as such a file, right or wrong. */
export function looksLikeClientConfig(text: string): boolean {
  return /"(region_id|secret_key)"\s*:/.test(text) && /"(system_disk_size|data_disks)"\s*:/.test(text);
}

/** Reads the file; a failure names the field, never its value. */
export function readClientConfig(text: string, file: string): Result<ClientConfig> {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    // The parser's own words quote the text, and with it the keys: only the place is taken from them.
    const position = /position (\d+)/.exec(String(error))?.[1];
    const line = position === undefined ? null : text.slice(0, Number(position)).split("\n").length;
    return fail(
      "input-invalid",
      told({ kind: "config-no-json", where: line === null ? file : `${file}:${line}` }),
      { file, field: "", ...(line === null ? {} : { line }) },
      told({ kind: "look-for-comma" }),
    );
  }
  const { contradiction } = scanJson(text);
  if (contradiction !== null)
    return fail("input-invalid", told({ kind: "field-contradicts", file, field: contradiction }), {
      file,
      field: contradiction,
    });
  const parsed = configSchema.safeParse(json);
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join(".") ?? "";
    return fail("input-invalid", told({ kind: "field-not-the-clients", file, field }), { file, field });
  }
  const config = parsed.data;
  const stated = (value: string): string | null => (value === "" ? null : value);
  const bytes = (size: number): number | null => (size > 0 ? size * gibibyte : null);
  return ok({
    region: stated(config.region_id),
    imageName: stated(config.image_name),
    systemDiskBytes: bytes(config.system_disk_size),
    platform: stated(config.platform),
    architecture: stated(config.architecture),
    bandwidthLimit: config.bandwidth_limit === 0 ? null : config.bandwidth_limit,
    dataDisks: config.data_disks.map((disk) => ({
      index: disk.data_disk_index,
      sizeBytes: bytes(disk.data_disk_size),
      sourcePath: disk.src_path,
    })),
    holdsKeys: config.access_id !== "" || config.secret_key !== "",
  });
}
