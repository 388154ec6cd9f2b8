import { assertNever } from "../../../result.ts";
import type { BootSign, BootStage, BootView } from "../../remark.ts";
import type { RemarkTexts } from "../remark-texts.ts";
import { checks } from "./checks.ts";
import { entries } from "./entries.ts";
import { faults } from "./faults/index.ts";
import { work } from "./work.ts";

export const bootStages: Readonly<Record<BootStage, string>> = {
  "power on": "通电",
  firmware: "固件",
  "boot loader": "引导程序",
  kernel: "内核",
  init: "init",
  login: "登录",
};

const views: Readonly<Record<BootView, string>> = {
  serial: "串口控制台",
  screen: "屏幕",
  kernel: "内核控制台",
};

const signs: Readonly<Record<BootSign, (detail: string | null) => string>> = {
  "no-boot-loader-bios": () => "没有可启动的设备：固件在磁盘上找不到引导程序",
  "no-boot-loader-uefi": () => "没有可启动的设备：UEFI 固件找不到引导程序",
  "grub-rescue": (detail) => `GRUB 救援模式：${detail ?? "引导程序找不到自己的文件"}`,
  "grub-prompt": () => "GRUB 提示符：引导程序找不到配置",
  "kernel-panic": (detail) => `内核崩溃（panic）：${detail ?? ""}`,
  "initramfs-shell": (detail) => `initramfs shell：${detail ?? "找不到根文件系统"}`,
  "dracut-shell": () => "dracut shell：找不到根文件系统",
  passphrase: (detail) => `正在等待加密卷的口令：${detail ?? ""}`,
  "emergency-mode": () => "紧急模式：fstab 中的某个文件系统或其他基本部分失败",
};

const volumeProblems = {
  "no-parts": "没有组成部分",
  mirrored: "是镜像卷：在源服务器上解除镜像后即可转换",
  striped: "是带区卷：数据不连续",
  raid5: "是 RAID-5 卷：数据不连续",
  "unknown-layout": "的布局未知",
  "other-disk": "还位于不属于此任务的磁盘上",
  impossible: "在数据库中的记录自相矛盾",
  incomplete: "的位置在数据库中记录不完整",
} as const;

export const remarks: RemarkTexts = {
  ...work,
  ...checks,
  ...faults,
  ...entries,

  "tools-wrote": () => "系统自身的工具在过程中写入的文件",
  "tool-said": ({ text }) => text,
  "system-unknown": ({ system }) => `${system} 是未知的系统：只转换了通用的部分`,
  "filesystem-repaired": ({ mountPoint }) => `${mountPoint} 的文件系统已损坏，已在叠加层中修复`,
  "fstab-name": ({ device, mountPoint, name, type }) =>
    `fstab 中 ${mountPoint} 的设备由 ${device} 改为 ${name}${type === null ? "" : `（${type}）`}`,
  "fstab-not-awaited": ({ device, mountPoint }) =>
    `${mountPoint} 的 ${device} 不在任何磁盘上：系统启动时不再等待它`,
  "fstab-unknown": ({ device, mountPoint }) => `fstab 为 ${mountPoint} 指定的 ${device} 不在任何磁盘上`,
  "fstab-root": ({ device, name }) => `fstab 中 / 的设备由 ${device} 改为 ${name}`,
  "fstab-off": ({ device, mountPoint, why }) =>
    `已在 fstab 中停用 ${mountPoint}（${device}）：${why === "swap-file" ? "交换文件不会被复制" : "其文件现在位于上层文件系统中"}`,
  "crypttab-off": () => "已在 crypttab 中停用加密卷：其文件现在位于未加密的分区中",
  "swap-anew": ({ device, on }) => `已在 ${on} 上重新创建交换空间 ${device}`,
  "boot-names": ({ names, path }) => `${path} 中的 ${names.join("、")} 已改为使用 UUID`,
  "device-map-removed": ({ path }) => `已移除 ${path}（GRUB 记录的原机器磁盘列表）`,
  "kernel-arguments": ({ path }) => `${path} 中的内核参数已指向新的文件系统`,
  "root-argument": ({ path, name, wrong }) => `${path}：根文件系统由 ${wrong.join("、")} 改为 ${name}`,
  "initramfs-drivers": ({ kernel, drivers }) =>
    `已为内核 ${kernel} 的 initramfs 添加驱动 ${drivers.join("、")}`,
  "initramfs-absent": ({ kernel, drivers }) =>
    `内核 ${kernel} 没有 initramfs，也没有内置以下驱动：${drivers.join("、")}`,
  "initramfs-anew": ({ kernel }) => `已重新生成内核 ${kernel} 的 initramfs`,
  "no-initramfs-tool": () => "系统中没有生成 initramfs 的工具",
  "kernel-without-drivers": ({ kernel, drivers }) =>
    `内核 ${kernel} 没有虚拟磁盘的驱动：${drivers.join("、")}`,
  "grub-configuration": ({ path, tool }) => `已用 ${tool} 重新生成 ${path}`,
  "grub-configuration-plain": ({ path, kernels }) => `已重新写入 ${path}，含 ${kernels} 个内核的启动项`,
  "grub-configuration-impossible": () => "GRUB 的配置无法启动任何系统，也无法生成新的配置",
  "grub-installed": ({ firmware }) => `已重新安装用于 ${firmware.toUpperCase()} 的 GRUB`,
  "no-grub-install": () => "系统中没有 grub-install",
  "no-grub-for": ({ target }) => `系统中没有用于 ${target} 的 GRUB`,
  "boot-sector-empty": ({ because }, { tell }) => `引导扇区为空，且无法安装 GRUB：${tell(because)}`,
  "no-loader-on-new-disk": ({ because }, { tell }) => `无法在新磁盘上安装引导程序：${tell(because)}`,
  "esp-filesystem": () => "EFI 系统分区原本没有文件系统，现已创建",
  "esp-mounted": ({ path }) => `EFI 系统分区今后挂载在 ${path}`,
  "bios-boot-partition": () => "已在第一个分区之前的未用扇区中创建 BIOS 启动分区",
  "fallback-loader": ({ loader }) => `已将 ${loader} 另存为 UEFI 在没有启动项时查找的名称`,
  "no-loader-on-esp": () => "在 EFI 系统分区上找不到引导程序",
  "serial-console": () => "内核控制台和登录提示也输出到第一个串口",
  "cloud-init-off": () => "已关闭 cloud-init",
  "cloud-init-source": ({ source }) => `cloud-init 只从 ${source} 获取数据`,
  "cloud-init-absent": () => "未安装 cloud-init，因此没有设置其数据源",
  "selinux-labelled": () => "已为更改的文件设置 SELinux 策略的标签",
  "selinux-at-first-boot": () => "首次启动时 SELinux 会重新标记所有文件，随后重启一次",
  "host-name": ({ name, old }) => (old === null ? `主机名设为 ${name}` : `主机名由 ${old} 改为 ${name}`),
  "machine-id": () => "首次启动时会重新生成 machine-id",
  "card-rule-removed": ({ path }) => `已移除把网卡名称保留给旧网卡的 ${path}`,
  "card-address-dropped": ({ path }) => `${path} 不再指定旧网卡的 MAC 地址`,
  "netplan-dhcp": ({ paths }) => `netplan 在所有网卡上通过 DHCP 获取地址，代替 ${paths.join("、")}`,
  dhcp: ({ path }) => `${path} 改为通过 DHCP 获取地址`,
  "not-understood": ({ path }) => `无法解读 ${path}，保持原样`,
  "card-named": ({ card }) => `virtio 网卡按配置命名为 ${card}`,
  "several-cards": ({ cards }) => `有多块网卡按名称配置（${cards.join("、")}）：迁移后请检查各网卡的名称`,
  "tools-off": ({ platform, services, how }) =>
    `${platform} 的工具不再启动：${services.join("、")}（${how === "masked" ? "已屏蔽，软件包保留" : "已禁用，程序保留"}）`,

  "windows-several": () => "磁盘上有多个 Windows 系统，无法判断启动的是哪一个：其设置保持原样",
  "windows-registry-left": ({ text }) => `Windows 的注册表保持原样：${text}`,
  "ntfs-damaged": ({ device, text }) => `${device} 上的 NTFS 有问题：${text}`,
  "ntfs-checked-at-start": ({ device }) =>
    `${device} 上的 NTFS 带有检查标记，Windows 启动时会检查它（chkdsk）`,
  "windows-drivers-put": () => "virt-v2v 已将 virtio 驱动装入 Windows",
  "windows-drivers-not-named": () =>
    "没有指定 virtio 驱动（--virtio-drivers）：除非已有驱动，否则此 Windows 找不到 virtio 磁盘",
  "windows-activation": ({ release }) =>
    release === "2003"
      ? "Server 2003 在其他硬件上需要重新激活，OEM 许可证须在登录之前激活：请备好批量许可证密钥或电话激活"
      : "Server 2008 在其他硬件上需要重新激活；微软已停止其互联网激活，请用电话或 KMS 激活",
  "windows-boot-drivers": ({ drivers }) => `磁盘驱动已设为随系统启动：${drivers.join("、")}`,
  "windows-clock-utc": ({ zone, set }) =>
    `硬件时钟按 UTC 读取，与目标端一致；时区${zone === null ? "" : `（${zone}）`}不变（${set}）`,
  "windows-clock-local": () =>
    "此 Windows 把硬件时钟当作本地时间，无法更改：若目标端的时钟为 UTC，则在时间服务校准之前时间不正确",
  "windows-disks-online": ({ before, set }) =>
    `数据磁盘会自动联机（SAN 策略由${before === null ? "版本默认值" : ` ${before} `}改为 OnlineAll，${set}）`,
  "windows-letter-kept": ({ letter }) => `原动态卷的驱动器号 ${letter} 保持不变`,
  "windows-letters-lost": ({ letters }) =>
    `以下驱动器号属于不在所迁移磁盘上的分区，已失去对应：${letters.join("、")}`,
  "remote-desktop-off": () => "源服务器上的远程桌面是关闭的，保持关闭：在目标端请使用其控制台",
  "remote-desktop-public": ({ rules }) =>
    `Windows 起初会把目标端的网络视为公用网络，防火墙已允许远程桌面在公用网络上连接：${rules.join("、")}`,
  "remote-desktop-outside": () => "目标端起初不在域中，防火墙已允许远程桌面在域外连接",
  "remote-desktop-no-rules": () => "远程桌面已开启，但防火墙自带的规则都未启用：若防火墙开启，则无法连接",
  "volume-basic": ({ volume }) => `动态卷 ${volume} 已在原位变为基本分区`,
  "volume-gathered": ({ volume, pieces, sizeBytes }, { format }) =>
    `动态卷 ${volume} 已由 ${pieces} 段合并为 ${format.bytes(sizeBytes)} 的基本分区`,
  "dynamic-database-unreadable": ({ group }) => `${group} 的动态磁盘保持为动态磁盘：无法读取其数据库`,
  "dynamic-disks-stay": ({ group, disks, because }, { tell }) =>
    `${group} 的 ${disks} 块磁盘保持为动态磁盘：${tell(because)}`,
  "dynamic-in-change": () => "磁盘组的数据库正在更改或已损坏",
  "dynamic-same-bytes": () => "磁盘组的数据库把同一区域分配给了两个卷",
  "dynamic-too-large": () => "跨区卷合为一体后，磁盘会超过 MBR 的上限（2 TiB）",
  "dynamic-database-inside": () => "磁盘组的数据库位于其某个卷之内",
  "dynamic-volume": ({ volume, problem }) => `卷 ${volume} ${volumeProblems[problem]}`,

  "boot-login": ({ view, text }) => `${views[view]}上出现登录提示：${text}`,
  "boot-up": ({ view, text }) => `${views[view]}显示：${text}`,
  "boot-sign": ({ sign, detail, waitedFor, view }) =>
    `${signs[sign](detail)}${waitedFor === null ? "" : `；曾等待 ${waitedFor}`}（${views[view]}）`,
  "boot-ended": ({ stage, text }, words) =>
    `机器自行关机或重启，到达阶段：${words.stage(stage)}${text === null ? "" : `；QEMU 的消息：${text}`}`,
  "boot-no-loader": ({ seconds }) => `没有可启动的设备：固件从磁盘启动已过 ${seconds} 秒，仍未见引导程序`,
  "boot-stands-still": ({ seconds }) => `引导程序停住了：没有启动内核，屏幕和串口已有 ${seconds} 秒没有变化`,
  "boot-timeout": ({ seconds, stage, lastLine, waitsFor }, words) =>
    [
      `${seconds} 秒内没有系统运行的迹象`,
      `到达阶段：${words.stage(stage)}`,
      ...(lastLine === null ? [] : [`最后一行：${lastLine}`]),
      ...(waitsFor === null ? [] : [`正在等待 ${waitsFor}`]),
    ].join("；"),
  "boot-not-mounted": ({ mountPoints }) => `未挂载：${mountPoints.join("、")}`,
  "boot-no-swap": () => "未使用交换空间",
  "boot-no-sshd": () => "sshd 没有监听",
  "boot-units-failed": ({ units }) => `失败的单元：${units.join("、")}`,
  "repair-nothing": () => "没有需要更改的内容",

  "source-is-windows": () => "源服务器运行的是 Windows",
  "no-lvm-tools": () => "源服务器上没有 LVM 工具",
  "on-no-volume": () => "不在逻辑卷上",
  "volume-not-linear": ({ volume }) => `逻辑卷 ${volume} 不是线性的`,
  "no-linear-volume": () => "没有已挂载的文件系统位于线性逻辑卷上",
  "group-unknown": ({ group }) => `未知的卷组 ${group}`,
  "group-shared": ({ group }) => `卷组 ${group} 与其他机器共享`,
  "group-full": ({ group, freeBytes }, { format }) =>
    `卷组 ${group} 只剩 ${format.bytes(freeBytes)} 可用于快照`,
  "metadata-large": () => "卷组的元数据太大，无法保存在内存中",
  "volumes-in-pieces": ({ pieces }) => `逻辑卷分散为 ${pieces} 段`,
  "would-be-left-out": ({ mountPoint, because }, { tell }) => `${mountPoint} 会被遗漏：${tell(because)}`,
  "read-as-it-was": ({ mountPoint, because }, { tell }) => `${mountPoint} 按当时的状态读取：${tell(because)}`,
  "no-snapshots": ({ because }, { tell }) => `不使用快照：${tell(because)}`,
  "snapshots-gone": () => "快照在该遍复制期间消失了",
  "snapshot-overflowed": ({ volume, device, extents }) =>
    `${volume} 的快照已溢出：该遍复制期间的写入超过了卷组的可用空间（${device}，${extents} 个扩展块）`,
  "pass-too-long": ({ seconds, limitSeconds }) =>
    `一遍需要 ${Math.ceil(seconds)} 秒，超过文件系统可冻结的时间（${limitSeconds} 秒）`,
  "windows-not-frozen": () => "无法从这里冻结 Windows 的文件系统",
  "no-memory-filesystem": () => "源服务器上没有可存放监视状态的内存文件系统",
  "not-frozen": ({ mountPoint, text }) => `未能冻结 ${mountPoint}：${text}`,
  "moment-ended-early": () => "源服务器上的监视程序在该遍结束之前解除了静止",

  "drill-begun": ({ instance }) => `已在 ${instance} 上开始演练`,
  "drill-passed": ({ evidence }, { tell }) => `演练通过：${tell(evidence)}`,
  "drill-failed": ({ message }) => `演练失败（${message}）`,
  "drill-given-up": () => "已放弃演练",
  "drill-taken-back": () => "正在撤除演练",
  "instance-removed": ({ instance }) => `已移除 ${instance}`,
  "without-drill": () => "未经演练继续进行",
  "cutover-begun": ({ instance }) => `已开始割接到 ${instance}`,
  "cutover-begun-with-last-copy": ({ instance, copiedAtMs }, { format }) =>
    `已使用 ${format.dateTime(copiedAtMs)} 的副本开始割接到 ${instance}，不含源服务器此后写入的数据`,
  "cutover-step": ({ step, instance, disks }) => {
    switch (step) {
      case "receive":
        return `正在为 ${instance} 写入 ${disks} 块新磁盘`;
      case "snapshot":
        return "正在固定收到的内容";
      case "image":
        return "正在制作磁盘所用的镜像";
      case "stop":
        return `正在停止 ${instance}`;
      case "replace":
        return `正在为 ${instance} 换上新磁盘；旧磁盘会保留`;
      case "start":
        return `正在启动 ${instance}`;
      case "watch":
        return `正在观察 ${instance} 启动`;
      default:
        return assertNever(step);
    }
  },
  "filling-disk": ({ disk }) => `正在写入新磁盘 ${disk}`,
  "cut-over": ({ evidence }, { tell }) => `已割接：${tell(evidence)}`,
  "rolling-back": () => "正在回退",
  "putting-back": () => "正在换回旧磁盘",
  "rolled-back": ({ instance, runs }) => `已回退：${instance} 已换回旧磁盘${runs ? "并正在运行" : ""}`,
  finalised: () => "已完结：旧磁盘已删除",
  booting: ({ stage, lastLine }, words) =>
    `正在启动，${words.stage(stage)}${lastLine === null ? "" : `：${lastLine}`}`,
};
