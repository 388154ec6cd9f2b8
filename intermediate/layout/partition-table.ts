/** The new disk's partition table, written by sfdisk into the file. */
import { diskMarginBytes, type TargetDisk, type TargetPartition } from "../../common/domain/target-layout.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { spawnTool } from "../qemu/run-tool.ts";

const sectorBytes = 512;

const gptTypes = {
  data: "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
  esp: "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
  swap: "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F",
  "bios-boot": "21686148-6449-6E6F-744E-656564454649",
} as const;
const mbrTypes = { data: "83", esp: "ef", swap: "82", "bios-boot": "83" } as const;

/** sfdisk's input. The partition that is started is marked on an MBR: some firmware wants that. Pure. */
export function tableScript({ table, partitions }: TargetDisk): string {
  let start = diskMarginBytes / sectorBytes;
  const bootPath = ["/boot", "/"].find((path) => partitions.some((each) => isAt(each, path)));
  const lines = partitions.map((partition) => {
    const { role, sizeBytes } = partition;
    const size = sizeBytes / sectorBytes;
    const type = table === "gpt" ? gptTypes[role] : mbrTypes[role];
    const active = table === "mbr" && bootPath !== undefined && isAt(partition, bootPath) ? ", bootable" : "";
    const line = `start=${start}, size=${size}, type=${type}${active}`;
    start += size;
    return line;
  });
  return [`label: ${table === "gpt" ? "gpt" : "dos"}`, "unit: sectors", "", ...lines, ""].join("\n");
}

const isAt = (partition: TargetPartition, path: string): boolean =>
  partition.role === "data" && partition.mountPoint === path;

/** Fails with `layout-failed` or `tool-missing`. */
export async function writeTable(path: string, disk: TargetDisk): Promise<Result<void>> {
  const started = await spawnTool(
    "sfdisk",
    ["--quiet", "--no-reread", "--no-tell-kernel", path],
    ["pipe", "ignore", "pipe"],
  );
  if (!started.ok) return started;
  const child = started.value;
  let complaint = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(tableScript(disk));
  const code = await new Promise<number | null>((settle) => child.once("close", settle));
  return code === 0
    ? ok()
    : fail("layout-failed", told({ kind: "table-unwritten", text: complaint.trim() }), { path });
}
