import type { LogTexts } from "../log-texts.ts";

const things = {
  "agent-directory": "源服务器上的代理",
  "intermediate-job": "副本",
  receipt: "凭证",
  "consistent-moment": "源服务器的静止状态",
  delivery: "云上的剩余资源",
} as const;

const checksums = {
  automatic: "有余力时在接收时校验",
  arrival: "接收时全部校验",
  proof: "回读时校验",
} as const;

export const log: LogTexts = {
  failed: ({ code, message }, { failure }) => `${failure(code)}（${message}）`,
  retrying: ({ code, message, seconds }, { failure, format }) =>
    `${failure(code)}；${format.duration(seconds)}后重试（${message}）`,
  stopped: ({ goesOn }) => (goesOn ? "已停止，等待助手重新启动" : "已停止；可以恢复"),
  "clock-set": ({ seconds }, { format }) =>
    `本机时钟被${seconds < 0 ? "回拨" : "拨快"}了 ${format.duration(Math.abs(seconds))}`,
  expired: ({ days }) => `已过期：${days} 天内无人运行`,
  "clean-up-failed": ({ thing, code, message }, { failure }) =>
    `无法移除${things[thing]}：${failure(code)}（${message}）`,

  "disks-chosen": ({ count }) => `要迁移的磁盘：${count} 块`,
  "new-disks-not-copied": ({ count }) => `源服务器有 ${count} 块新磁盘，此任务不会复制`,
  "layout-planned": ({ count }) => `文件将移入 ${count} 块新磁盘`,
  "left-out": ({ mountPoint, entries, bytes }, { format }) =>
    `${mountPoint}：排除 ${format.integer(entries)} 个条目，共 ${format.bytes(bytes)}`,
  "intermediate-listens": ({ controlPort, dataPort }) => `中转实例正在监听端口 ${controlPort} 和 ${dataPort}`,
  "agent-runs": ({ directory }) => `代理正在 ${directory} 中运行`,

  "intermediate-restarted": () => "中转实例已重新启动",
  "agent-restarted": () => "代理已停止，现已重新启动",
  "agent-remark": ({ text }) => `代理的消息：${text}`,
  "sync-paused": ({ window }) =>
    window === null ? "同步已暂停" : `同步已暂停：传输时段为 ${window.from} 至 ${window.to}`,
  "sync-goes-on": () => "同步继续进行",
  "sync-tuned": ({ level, rateBytesPerSecond, loadPercent, checksum }, { format }) =>
    [
      `同步设置已更改：${level === null ? "不压缩" : `zstd 级别 ${level}`}`,
      rateBytesPerSecond === 0 ? "不限带宽" : `每秒最多 ${format.bytes(rateBytesPerSecond)}`,
      ...(loadPercent === 100 ? [] : [`源服务器繁忙时使用 ${loadPercent} %`]),
      ...(checksum === undefined ? [] : [checksums[checksum]]),
    ].join("，"),
  "still-written": ({ passes }) => `源服务器仍在写入：共 ${passes} 遍，最后一遍仍发现变化`,
  "unreadable-zeroed": ({ ranges }) => `源服务器有 ${ranges} 处无法读取，在副本中以零代替`,

  "snapshots-made": ({ volumes }, { format }) => `已为最后一遍创建快照：${format.list(volumes)}`,
  "snapshots-removed": () => "快照已移除",
  "no-snapshots": ({ why, said }, { remark }) => `不使用快照（${remark(said, why)}）`,
  "snapshots-lost": ({ why, said }, { remark }) =>
    `快照已失效，将不用快照重新复制磁盘（${remark(said, why)}）`,
  "read-as-it-is": ({ mountPoint, why, said }, { remark }) =>
    `${mountPoint} 按现状读取（${remark(said, why)}）`,
  frozen: ({ mountPoints }, { format }) => `已为最后一遍冻结：${format.list(mountPoints)}`,
  thawed: ({ seconds }) => `${seconds.toFixed(1)} 秒后解冻`,
  "held-still-note": ({ text, said }, { remark }) => `关于源服务器的静止：${remark(said, text)}`,
  "hook-done": ({ when, number, count }) =>
    `最后一遍之${when === "before" ? "前" : "后"}的钩子 ${number}/${count} 已完成`,

  "copying-differing": () => "正在重新复制上次校验发现不一致的部分",
  "conversion-off": () => "转换已关闭：按原样使用副本",
  "old-layout-names": () => "系统自身的文件仍指向旧的布局：可能无法启动",
  converted: ({ step, what, said }, { conversionStep, remark }) =>
    `转换（${conversionStep(step)}）：${remark(said, what)}`,
  "conversion-note": ({ text, said }, { remark }) => `转换说明：${remark(said, text)}`,
  "laid-out": ({ mountPoint, entries, bytes }, { format }) =>
    `${mountPoint}：${format.integer(entries)} 个条目（${format.bytes(bytes)}）已移入新的布局`,
  "boot-check-off": () => "启动验证已关闭：尚不知道能否启动",
  "boots-after-repair": ({ remedy, step }, { conversionStep }) =>
    `修复之后才能启动：${step == null ? remedy : conversionStep(step)}`,
  "boots-degraded": ({ evidence, found = [] }, { remark }) =>
    `可以启动，但不完整：${found.length === 0 ? evidence : found.map(({ what, said }) => remark(said, what)).join("；")}`,
  "old-images-removed": ({ count }) => `已移除以前运行的 ${count} 个镜像`,
  "image-delivered": ({ id, name, region }) => `镜像已在云上：${region} 的 ${id}（${name}）`,
  "receipt-signed": ({ path }) => `凭证已签名：${path}`,
};
