import type { StorageTexts } from "../catalogue.ts";

export const storage: StorageTexts = {
  "disks-undetermined.none": () => ({
    title: "没有任何磁盘信息",
    outcome: "无法判断会复制什么。",
    remedy:
      "请以 root 或 Administrator 身份重新采集，或补充 `lsblk`（Linux）或 `diskpart`（Windows）的输出。",
  }),
  "disks-undetermined.list": () => ({
    title: "可能还有未列出的磁盘",
    outcome: "输入中没有完整的磁盘列表。这里没有的磁盘不会纳入计划。",
    remedy:
      "请以 root 或 Administrator 身份重新采集，或补充 `lsblk`（Linux）或 `diskpart`（Windows）的输出。",
  }),
  "disk-undetermined": ({ disk }) => ({
    title: `无法确定 ${disk} 上的内容`,
    outcome: {
      block: "整块磁盘原样复制。",
      file: "不会复制任何内容，因为不知道上面有文件系统。",
    },
    remedy: "请以 root 或 Administrator 身份重新采集，以便得知分区和大小。",
  }),
  "disk-offline": ({ disk }) => ({
    title: `${disk} 在 Windows 中处于脱机状态`,
    outcome: {
      block: "整块磁盘会原样复制。如果这是群集节点，其他节点可能正在写入该磁盘，这样的副本没有用处。",
      file: "看不到其中的文件系统，因此不会复制任何内容。",
    },
    remedy:
      "如果它属于本服务器，请将其联机（Set-Disk -Number N -IsOffline $false）后重新采集。共享磁盘应随拥有它的节点一起迁移。",
  }),
  "sector-size": ({ disk, sectorBytes }, format) => ({
    title: `${disk} 的扇区大小为 ${format.bytes(sectorBytes)}`,
    outcome: {
      block:
        "数据原样到达，但分区表以源服务器磁盘的扇区为单位，而目标磁盘的扇区是 512 字节：分区表会指向错误的位置，副本无法启动。",
      file: "会按 512 字节扇区新建分区，文件不受影响。",
    },
    remedy:
      "Linux 请使用文件复制。其他情况请把结果挂到扇区大小相同的磁盘上，或按 512 字节重写分区表，并在割接前检查。",
  }),
  "partition-table-foreign": ({ disk, table }) => ({
    title: `${disk} 的分区表（${table}）不能用于 PC 启动`,
    outcome: {
      block: "磁盘逐字节到达，但目标端固件无法从它启动。",
      file: "文件会移到新的 GPT 或 MBR 布局中。",
    },
    remedy: "请把它用作数据盘，或对它使用文件复制。",
  }),
  "removable-disk": ({ disk }) => ({
    title: `${disk} 是可移动磁盘，不会迁移`,
    outcome: "U 盘、安装介质等除非指定，否则不复制。",
    remedy: "如果上面有服务器的数据，请用 --disk 指定。",
  }),
  "network-disk": ({ disk, transport }) => ({
    title: `${disk} 通过网络连接（${transport}）`,
    outcome: "它会像本地磁盘一样被复制。但副本也知道同一台存储服务器：如果副本也登录，两边会写同一块磁盘。",
    remedy: "请决定目标端沿用原存储还是使用副本，并在副本联网启动之前去掉其中的登录配置。",
  }),
  "lvm.group": ({ group, volumes, snapshots, disks }, f) => ({
    title: `LVM：卷组 ${group}`,
    outcome: {
      block: `原样保留（${f.integer(volumes)} 个逻辑卷${disks.length > 0 ? `，位于 ${f.list(disks)}` : ""}）。卷组的所有磁盘必须一起迁移。`,
      file: `逻辑卷会变成标准分区，之后不再有 LVM。${snapshots > 0 ? `${f.integer(snapshots)} 个快照不会迁移。` : ""}`,
    },
    remedy: "要保留 LVM，请选择块复制。使用文件复制时，请在计划中设定分区大小并检查 /etc/fstab。",
  }),
  "lvm.member": ({ device }) => ({
    title: `LVM：${device} 是物理卷`,
    outcome: {
      block: "原样保留。所在卷组的所有磁盘必须一起迁移。",
      file: "其逻辑卷会变成标准分区，之后不再有 LVM。",
    },
    remedy: "要保留 LVM，请选择块复制。卷组未能读取，请以 root 身份重新采集。",
  }),
  "windows-data-disks": ({ disks }, f) => ({
    title: `Windows 有 ${f.integer(disks)} 块磁盘：盘符与数据盘状态`,
    outcome: {
      block: "盘符保持不变；目标上会因 Windows 的 SAN 策略而脱机的数据盘，转换时会设为自动联机。",
      file: "Windows 不按文件复制。",
    },
    remedy:
      "请把所有带盘符的磁盘一起迁移。不做转换时，请在目标上运行 diskpart：先 `san policy=OnlineAll`，再对每块磁盘执行 `online disk`。",
  }),
  "extended-partition": ({ disk, logical }, f) => ({
    title: `${disk} 上有扩展分区`,
    outcome: {
      block: "原样保留。",
      file: `不会复制：其中的逻辑分区（${f.integer(logical)} 个）会变成标准分区。`,
    },
    remedy: "要保留请选择块复制。否则请检查按编号引用分区的地方（/etc/fstab、脚本）。",
  }),
  "dynamic-disk": ({ disk }) => ({
    title: `动态磁盘：${disk}`,
    outcome: {
      block:
        "只要含有其数据的所有磁盘都迁移，简单卷和跨区卷会在转换时变成基本磁盘上的普通分区。含带区卷、镜像卷或 RAID-5 卷的磁盘保持动态，Windows 可能把它们显示为“外部”磁盘并要求导入。",
      file: "不会复制：其中的卷会变成标准分区；跨区卷、带区卷和镜像卷各自落到一块磁盘上。",
    },
    remedy: "请包含该组的所有磁盘。迁移前请中断镜像，这样其中的卷也会变成基本卷。",
  }),
  "dynamic-disk-unchecked": () => ({
    title: "没有检查是否存在动态磁盘",
    outcome: "Windows 常用的磁盘列表不显示动态磁盘，因此不能排除其存在。",
    remedy: "请在 `diskpart` 中运行 `list disk`：Dyn 列的星号表示动态磁盘；或使用最新的采集脚本。",
  }),
  "storage-spaces": ({ disk }) => ({
    title: `${disk} 属于一个存储空间池`,
    outcome: {
      block: "如果池中的所有磁盘都迁移，则原样保留。",
      file: "其中的卷会变成标准分区，之后不再有存储池。",
    },
    remedy: "请包含池中的所有磁盘。",
  }),
  swap: ({ device, sizeBytes }, f) => ({
    title: `交换空间：${device}${sizeBytes === null ? "" : `（${f.bytes(sizeBytes)}）`}`,
    outcome: {
      block: "原样保留。",
      file:
        sizeBytes === null
          ? "大小未知，因此不会创建；目标端起初没有交换空间。"
          : "在新布局中以相同的标签和 UUID 重新创建为交换分区，/etc/fstab 随之调整。",
    },
    remedy:
      sizeBytes === null
        ? "文件复制之后，请重新配置交换空间（mkswap、/etc/fstab）。"
        : "无需处理。可在新布局中选择其他大小。",
  }),
  "swap-file": ({ path }) => ({
    title: `交换文件 ${path}`,
    outcome: { block: "原样保留。", file: "排除：不复制虚拟内存。" },
    remedy: "文件复制之后请重新创建。Windows 会自行创建页面文件。",
  }),
  "raid.software": ({ array, level, members }, f) => ({
    title: `软件 RAID：${array}（${level}）`,
    outcome: {
      block: `如果所有成员都迁移，则原样保留${members.length > 0 ? `（${f.list(members)}）` : ""}。目标端会与源服务器保存同样多份的数据。`,
      file: "文件移到一个标准分区，之后不再有 RAID，冗余由目标端存储负责。",
    },
    remedy: "请包含所有成员磁盘；不想保留 RAID 时请使用文件复制。",
  }),
  "raid.firmware": ({ device, format }) => ({
    title: `固件 RAID：${device}（${format}）`,
    outcome: {
      block: "成员磁盘逐字节到达，但目标端没有这种控制器：阵列可能无法组装，系统可能无法启动。",
      file: "文件移到标准分区，之后不再有 RAID。",
    },
    remedy: "请把组装好的阵列当作一块磁盘复制，而不是复制其成员；或使用文件复制。",
  }),
  "raid.member": ({ device, format }) => ({
    title: `${device} 是 RAID 成员（${format}）`,
    outcome: {
      block: "如果阵列的所有成员都迁移，则原样保留。",
      file: "阵列中的文件移到标准分区，之后不再有 RAID。",
    },
    remedy: "没有看到阵列本身：请确认阵列正在运行，重新采集，并包含所有成员磁盘。",
  }),
  "raid-degraded.inactive": ({ array }) => ({
    title: `RAID ${array} 未运行`,
    outcome: {
      block: "成员按原样复制。没有看到阵列中的内容。",
      file: "不复制：阵列停止时无法读取其中的内容。",
    },
    remedy:
      "请查明原因（对成员执行 `mdadm --examine`）。用 `mdadm --assemble` 启动，或者在不再需要时停止它并清除成员的超级块。",
  }),
  "raid-degraded": ({ kind, array, state }) => ({
    title: `${kind} ${array} 状态异常（${state}）`,
    outcome: "它缺少成员或正在重建。迁移会读取每一个块，再出故障会丢失源服务器数据。",
    remedy: "请更换故障成员，等待重建完成并做好备份，然后再迁移。",
  }),
  "multipath.map": ({ map, paths }, f) => ({
    title: `多路径：${map}`,
    outcome: {
      block: `只复制一次，而不是每条路径各一次${paths.length > 0 ? `（${f.list(paths)}）` : ""}。目标端看到的是一块普通磁盘。`,
      file: "文件移到标准分区，之后不再有多路径。",
    },
    remedy: "请在目标端从 initramfs 和 /etc/multipath.conf 中去掉多路径配置。",
  }),
  "multipath.path": ({ device }) => ({
    title: `${device} 是多路径磁盘的一条路径`,
    outcome: {
      block: "只复制一次，而不是每条路径各一次。目标端看到的是一块普通磁盘。",
      file: "文件移到标准分区，之后不再有多路径。",
    },
    remedy: "没有看到多路径映射：请以 root 身份重新采集，以便与独立磁盘区分。",
  }),
  "encrypted.luks": ({ device, isOpen }) => ({
    title: `已加密（LUKS）：${device}`,
    outcome: {
      block: "保持加密；无法区分空闲空间和数据，因此全部传输。目标端启动时会要求输入口令。",
      file: isOpen ? "文件以解密后的形式到达标准分区。" : "排除：采集时处于锁定状态。",
    },
    remedy: "请准备好在目标端控制台输入的口令。TPM 或网络（Tang）中的密钥不会迁移，请先添加口令。",
  }),
  "encrypted.bitlocker": ({ device }) => ({
    title: `已加密（BitLocker）：${device}`,
    outcome: {
      block: "保持加密。目标端的 TPM 没有密钥，因此 Windows 启动时会要求输入恢复密钥。",
      file: "文件以解密后的形式到达标准分区。",
    },
    remedy: "请保存恢复密钥，迁移前暂停或移除 BitLocker，之后在目标端重新启用。",
  }),
  "encrypted.other": ({ device, format }) => ({
    title: `加密卷：${device}（${format}）`,
    outcome: {
      block: "保持加密；无法区分空闲空间和数据，因此全部传输。",
      file: "已打开的卷以解密后的文件到达，未打开的排除。",
    },
    remedy: "请确保目标端可以使用密钥。",
  }),
  vdo: ({ device }) => ({
    title: `由 VDO 去重并压缩：${device}`,
    outcome: {
      block: "按原样保留。无法区分 VDO 的空闲空间，因此全部传输。",
      file: "文件移到标准分区，在那里占用完整大小，常常是原来的数倍。",
    },
    remedy:
      "使用块复制时，请确认目标端内核有相应模块（kvdo 或 dm-vdo）。使用文件复制时，请把 `df` 显示的已用空间与目标磁盘比较。",
  }),
  "duplicate-volume": ({ type, uuid, devices }, f) => ({
    title: `${f.list(devices)} 的标识符相同（${type} ${uuid}）`,
    outcome: "其中一个是另一个的副本。目标端的设备顺序可能不同，系统可能从错误的那个启动或挂载错误的那个。",
    remedy:
      "请把副本所在的磁盘排除在任务之外，或先为它换一个标识符（`vgimportclone`、`tune2fs -U random`、`xfs_admin -U generate`、`swaplabel -U`）。",
  }),
  "virtual-disk-file": ({ disk }) => ({
    title: `${disk} 是已附加的虚拟磁盘（VHD）`,
    outcome: "它的文件会随所在的磁盘一起传输。再作为单独的磁盘复制就会传输两次。",
    remedy: "请分离它（Dismount-DiskImage，或 diskpart 的 `detach vdisk`），或把它排除在任务之外。",
  }),
  "deduplicated-volume": ({ volume }) => ({
    title: `${volume} 启用了重复数据删除`,
    outcome: {
      block: "连同区块存储一起保留。只有具备该功能的 Windows 才能读取其中的文件。",
      file: "不适用于 Windows。",
    },
    remedy: "迁移期间请不要运行优化或垃圾回收：它们会改写卷的大部分内容。",
  }),
  bcache: ({ device }) => ({
    title: `bcache：${device}`,
    outcome: {
      block: "如果后端磁盘和缓存在同一时刻一起迁移，则原样保留；在回写模式下，最新数据可能只在缓存中。",
      file: "文件移到标准分区，之后不再有缓存。",
    },
    remedy: "请把缓存模式设为 writethrough 并等到 clean 状态，或使用文件复制。",
  }),
  zfs: ({ pool }) => ({
    title: `ZFS 存储池：${pool}`,
    outcome: {
      block: "如果存储池的所有磁盘都迁移，则原样保留。目标端的 initramfs 需要包含 ZFS 模块才能启动。",
      file: "不会复制：文件复制不了解数据集、快照和属性。",
    },
    remedy: "请对存储池的所有磁盘使用块复制，或用 `zfs send` 迁移数据集。",
  }),
  "network-mount": ({ what, where, type }) => ({
    title: `${where} 是网络文件系统（${type}）`,
    outcome: `数据位于 ${what}，不在本服务器的磁盘上，不会迁移。`,
    remedy: "请确保目标端能够访问它，或另行迁移数据。请在 /etc/fstab 中加上 `nofail`，以免缺少它时启动卡住。",
  }),
  "unsupported-filesystem": ({ device, type, convertedTo }) => ({
    title: `${device} 的文件系统是 ${type}`,
    outcome: {
      block: "原样保留。",
      file: `会转换：文件移到新的 ${convertedTo} 文件系统，${type} 特有的内容（特殊属性、快照）会丢失。`,
    },
    remedy: `要保留请选择块复制，或确认软件能在 ${convertedTo} 上运行。`,
  }),
  "btrfs-layout": ({ device }) => ({
    title: `${device} 是 btrfs`,
    outcome: {
      block: "连同子卷和快照原样保留。",
      file: "文件会复制；子卷变成文件夹，快照排除。",
    },
    remedy: "要保留子卷和快照，请选择块复制。",
  }),
  "content-undetermined": ({ device }) => ({
    title: `无法确定 ${device} 上的内容`,
    outcome: {
      block: "原样复制。",
      file: "只有确认是文件系统时才会复制。",
    },
    remedy: "请以 root 或 Administrator 身份重新采集，或补充 `blkid` 的输出。",
  }),
  "content-without-filesystem": ({ device, type }) => ({
    title: type === "none" ? `${device} 上没有已知的数据` : `${device} 上是 ${type}，不是文件系统`,
    outcome: {
      block: "原样复制。",
      file: "排除：没有可以复制的文件。",
    },
    remedy: "如果有程序（数据库、集群）直接使用它，请使用块复制，或用该程序自身的方式迁移数据。",
  }),
  "unmounted-filesystem": ({ device, type }) => ({
    title: `${device}（${type}）没有挂载`,
    outcome: {
      block: "原样复制。",
      file: "排除：文件复制只读取已挂载的文件系统。",
    },
    remedy: "如果需要其中的文件，请在文件复制之前挂载。估算中不知道它的已用空间。",
  }),
  "disk-too-large": ({ disk, sizeBytes, maximumBytes, target }, f) => ({
    title: `${disk} 对 ${target} 来说太大`,
    outcome: {
      block: `无法在目标端创建：大小为 ${f.bytes(sizeBytes)}，上限为 ${f.bytes(maximumBytes)}。`,
      file: "如果放得下，文件可以移到更小的磁盘。",
    },
    remedy: "请在源服务器缩小或拆分磁盘，使用文件复制，或选择其他目标。",
  }),
  "too-many-disks": ({ count, maximum, target }, f) => ({
    title: `${f.integer(count)} 块磁盘超过了 ${target} 的上限`,
    outcome: {
      block: `最多可以挂接 ${f.integer(maximum)} 块磁盘。`,
      file: "多个文件系统可以共用一块目标磁盘。",
    },
    remedy: "请在计划中去掉一些磁盘，合并磁盘，或选择其他目标。",
  }),
  "low-space": ({ where, availableBytes, minimumBytes }, f) => ({
    title: `${where} 的可用空间只有 ${f.bytes(availableBytes)}`,
    outcome: `使副本可启动的处理，或读取所用的快照，在该处大约需要 ${f.bytes(minimumBytes)}。`,
    remedy: "请在迁移前腾出空间（旧内核、日志、软件包缓存）。",
  }),
  "low-inodes": ({ where, free }, f) => ({
    title: `${where} 的可用 inode 只有 ${f.integer(free)} 个`,
    outcome: "使副本可启动会增加文件；没有 inode 时，即使有空间也会失败。",
    remedy: "请删除不需要的小文件（会话、缓存、旧邮件队列）。",
  }),
};
