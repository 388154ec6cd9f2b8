import type { SystemTexts } from "../catalogue.ts";

export const system: SystemTexts = {
  "os-unsupported.off-list": ({ os }) => ({
    title: `${os} 不在支持列表中`,
    outcome: {
      block: "磁盘逐字节原样到达。该系统在目标端能否启动尚未得到验证。",
      file: "不建议。引导程序和 initramfs 会按列表内系统的步骤重建。",
    },
    remedy: "请先用块复制迁移一份副本并启用启动验证，看过结果之后再安排割接。",
  }),
  "os-unsupported.derivative": ({ os, relative }) => ({
    title: `${os} 不在列表中（与 ${relative} 相似，但不是同一系统）`,
    outcome: {
      block: "磁盘逐字节原样到达。该系统在目标端能否启动尚未得到验证。",
      file: `不建议。针对 ${relative} 的步骤可能不适用。`,
    },
    remedy: "请先用块复制迁移一份副本并启用启动验证，看过结果之后再安排割接。",
  }),
  "os-unsupported.client": ({ os }) => ({
    title: `${os} 是桌面系统，不是服务器系统`,
    outcome: "列表中只有服务器版本。磁盘可以复制，但结果可能无法启动，许可也可能不允许。",
    remedy: "请把服务迁到受支持的服务器版本，或用副本尝试块复制并核对许可。",
  }),
  "os-unsupported.tested-here": ({ os }) => ({
    title: `${os} 不在列表中，但在本项目中验证可用`,
    outcome: "本项目的实验环境会迁移该系统并启动结果。产品列表没有列出它。",
    remedy: "无需处理。请保持启动验证开启。",
  }),
  "os-unsupported.foreign": ({ os }) => ({
    title: `${os} 既不是 Linux 也不是 Windows`,
    outcome: "无法迁移：没有对应的代理程序，也不了解其启动过程。",
    remedy: "请在受支持的系统上重新安装服务，并用其自身的方式迁移数据。",
  }),
  "os-undetermined.system": () => ({
    title: "无法确定操作系统",
    outcome: "无法判断是否受支持。",
    remedy: "请以 root 或 Administrator 身份用最新的采集脚本重新采集。",
  }),
  "os-undetermined.version": ({ os }) => ({
    title: `无法确定 ${os} 的版本`,
    outcome: "只有部分版本受支持，无法判断是否包含此版本。",
    remedy: "请补充 /etc/os-release 或发行版文件（Linux）、systeminfo（Windows）后重新评估。",
  }),
  "os-undetermined.ambiguous": ({ os, entry }) => ({
    title: `列表是否包含 ${os} 尚不明确`,
    outcome: `列表写的是“${entry}”。这一写法不能确定是否涵盖该系统，因此不计为受支持。`,
    remedy: "请询问目标平台的厂商，或先迁移一份副本并查看启动验证的结果。",
  }),
  "os-eol-activation": ({ os }) => ({
    title: `${os} 迁移后无法激活`,
    outcome: "数据会到达，但 Windows Server 2003 和 2008 在新硬件上无法激活。",
    remedy: "请在迁移前升级 Windows，或安排在迁移后立即升级。",
  }),
  "os-subscription.vendor": ({ product }) => ({
    title: `已在 ${product} 注册以获取更新`,
    outcome: "注册信息随磁盘一起迁移：源服务器和目标会被视为同一台机器。",
    remedy: "请确认订阅涵盖目标。割接后请注销源服务器；如果两者都保留，请重新注册目标。",
  }),
  "os-subscription.cloud": ({ product }) => ({
    title: `${product} 的更新来自当前云自己的服务器`,
    outcome:
      "这些服务器只为本云的实例提供更新，许可包含在实例费用中：两者都不随磁盘迁移。目标可以启动，但得不到更新。",
    remedy: `请为目标准备 ${product} 订阅（自有的，或目标云提供的），并在割接后注册。`,
  }),
  "pending-restart": () => ({
    title: "更新正在等待重启",
    outcome: "目标的首次启动会完成这些更新，而它们并不是为该硬件准备的。Windows 可能因此无法启动。",
    remedy: "请在最后一次同步之前重启一次源服务器。",
  }),
  "os-evaluation": ({ os }) => ({
    title: `${os} 是评估版`,
    outcome: "可以像其他版本一样迁移，但评估期限继续计算：到期后每小时会自动关机。云端的许可证无法激活它。",
    remedy:
      "请用 slmgr /dlv 查看剩余天数，并在迁移前转换为正式版：DISM /online /Set-Edition:ServerStandard /ProductKey:KEY /AcceptEula",
  }),
  "cpu-arch.foreign": ({ architecture }) => ({
    title: `处理器（${architecture}）不是 x86 架构`,
    outcome: "无法迁移：代理程序和镜像只支持 x86-64 和 i686。",
    remedy: "请在 x86 服务器上重新安装服务，并用其自身的方式迁移数据。",
  }),
  "cpu-arch.undetermined": () => ({
    title: "无法确定处理器架构",
    outcome: "只有 x86（x86-64、i686）服务器可以迁移。",
    remedy: "请在源服务器运行 `uname -m`（Linux）或 systeminfo（Windows）。",
  }),
  container: () => ({
    title: "这是容器，不是服务器",
    outcome: "它没有可以在别处启动的独立内核，能看到的磁盘属于运行它的主机。",
    remedy: "请评估运行该容器的主机，或用容器引擎的方式迁移。",
  }),
  "low-memory": ({ availableBytes, minimumBytes }, f) => ({
    title: `可用内存只有 ${f.bytes(availableBytes)}`,
    outcome: `代理程序最多使用 64 MiB。可用内存低于 ${f.bytes(minimumBytes)} 时，源服务器在复制期间可能开始换页。`,
    remedy: "请在空闲时段迁移，停掉不需要的程序，或增加内存。",
  }),
  "clock-skew.offset": ({ offsetSeconds }, f) => ({
    title: `时钟${offsetSeconds > 0 ? "快" : "慢"} ${f.duration(Math.abs(offsetSeconds))}`,
    outcome: "数据不受影响。两端日志的时间对不上，云服务会拒绝时间不正确的请求。",
    remedy: "请校准时钟并启用时间同步（chrony、ntpd、w32time）。",
  }),
  "clock-skew.unsynchronised": () => ({
    title: "时钟未同步",
    outcome: "数据不受影响。时钟漂移后，云服务会拒绝请求。",
    remedy: "请启用时间同步（chrony、ntpd、w32time）。",
  }),
  "collection.unprivileged": ({ gaps }, f) => ({
    title: "采集时没有管理员权限",
    outcome: `许多信息只有 root 或 Administrator 才能读取，有 ${f.integer(gaps)} 项未能读取。缺少的信息在此按“未知”处理。`,
    remedy: "请以 root（sudo）或 Administrator 身份重新运行采集脚本。",
  }),
  "collection.incomplete": ({ gaps }, f) => ({
    title: `有 ${f.integer(gaps)} 项未能读取`,
    outcome: "缺少的信息在此按“未知”处理。",
    remedy: "请查看依据，能排除原因的请重新采集。",
  }),
  "time-to-migrate.expected": ({ optimisticSeconds, expectedSeconds, pessimisticSeconds }, f) => ({
    title: `迁移大约需要 ${f.duration(expectedSeconds)}`,
    outcome: `按“估算”中列出的假设，介于 ${f.duration(optimisticSeconds)} 和 ${f.duration(pessimisticSeconds)} 之间。源服务器保持运行。`,
    remedy: "更快的线路，或排除不需要的数据，都能缩短时间。提前同步一次，割接时就只剩增量。",
  }),
  "time-to-migrate.undetermined": () => ({
    title: "无法估算所需时间",
    outcome: "至少有一块磁盘的大小未知。",
    remedy: "请以 root 或 Administrator 身份重新采集。",
  }),
  "duplicate-host": ({ host, other }) => ({
    title: `${host} 被评估了多次`,
    outcome: `同一主机也出现在 ${other} 中，总体合计会重复计算。`,
    remedy: "请只保留每台主机最新的采集包。",
  }),
  "more-findings": ({ of, count }, f) => ({
    title: `还有 ${f.integer(count)} 条“${of}”类发现`,
    outcome: "与已列出的属于同一类。",
    remedy: "请先处理已列出的，再重新评估。",
  }),
};
