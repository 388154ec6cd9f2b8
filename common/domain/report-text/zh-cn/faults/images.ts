import type { imagesFaults } from "../../../faults/images.ts";
import type { RemarkTexts } from "../../remark-texts.ts";

export const images: Pick<RemarkTexts, keyof typeof imagesFaults> = {
  "boot-check-stopped": () => "启动验证已取消",
  "conversion-stopped": () => "转换已取消",
  "guestfs-failed": ({ what, text }) => `libguestfs：${what} 失败：${text}`,
  "make-kernel-readable": ({ path }) => `请以 root 运行：chmod 0644 ${path}`,
  "dynamic-volume-unplaced": () => "未能将动态卷放入其基本分区",
  "file-too-large-to-convert": ({ path }) => `${path} 超过 512 KiB，转换无法修改它`,
  "make-file-smaller": ({ path }) => `请在源服务器上缩小 ${path} 并继续任务，或关闭转换。`,
  "several-systems": ({ systems }, { format }) => `磁盘上有多个操作系统：${format.list(systems)}`,
  "system-encrypted": () => "系统位于加密卷（LUKS）上，没有密钥无法查看",
  "no-system-found": () => "磁盘上没有找到操作系统",
  "loader-for-firmware-failed": ({ firmware, because }, { tell }) =>
    `无法安装 ${firmware} 的引导程序：${tell(because)}`,
  "uefi-without-esp": () => "UEFI 机器需要 EFI 系统分区，但所有磁盘上都没有",
  "virt-v2v-failed": () => "virt-v2v-in-place 未能将驱动放入 Windows",
  "windows-hibernated": () => "Windows 在磁盘上处于休眠状态（快速启动也会如此），不能写入",
  "switch-hibernation-off": () =>
    "请在源服务器上关闭休眠（powercfg /h off），重启后重新迁移；或不经转换（--no-conversion）继续任务。",
  "image-holds-at-most": ({ imageFormat, most }, { format }) =>
    `${imageFormat} 格式的镜像最多容纳 ${format.bytes(most)}`,
  "image-reads-back-otherwise": () => "镜像读回的内容与写入的不同",
  "image-stopped": () => "镜像制作已取消",
  "image-not-equal": ({ format }) => `${format} 格式的镜像与其来源不一致`,
  "overlay-too-short": () => "转换的叠加层比副本短",
  "helper-lacks": ({ program }) => `没有安装程序 ${program}，无法在此将文件移入新的布局`,
  "new-layout-stopped": () => "新布局的制作已取消",
  "helper-takes-disks": ({ count, most }) => `${count} 块磁盘超过了辅助机的上限（${most} 块）`,
  "no-partition-takes": ({ mountPoint }) => `没有分区容纳 ${mountPoint}`,
  "helper-ended-early": () => "辅助机在完成工作之前结束",
  "comparing-stopped": () => "文件比较已取消",
  "file-list-empty": ({ mountPoint }) => `${mountPoint} 的文件列表为空`,
  "table-unwritten": ({ text }) => `无法写入分区表：${text}`,
  "lists-unsorted": ({ text }) => `无法对文件列表排序：${text}`,
  "image-unread": ({ text }) => `无法读取镜像：${text}`,
  "qemu-not-started": () => "QEMU 没有启动",
  "qemu-ports-untold": () => "QEMU 没有说明它转发的端口",
  "path-unread-why": ({ path, text }) => `无法读取 ${path}：${text}`,
  "data-in-other-files": ({ path }) => `${path} 声明其数据在其他文件中，不会读取这些文件`,
  "make-one-file": () => "请先合并为一个文件：qemu-img convert。",
  "opening-stopped": () => "打开镜像已取消",
  "image-unopened": ({ text }) => `无法打开镜像：${text}`,
  "image-lacks-bytes": ({ length, offset }) => `镜像在 ${offset} 处没有 ${length} 字节`,
  "image-unread-at": ({ offset }) => `无法在 ${offset} 处读写镜像`,
  "no-room-for-qemu-img": () => "没有空间供 qemu-img 写入",
  "qemu-img-failed": ({ act, status, text }) => `qemu-img ${act} 以 ${status} 结束：${text}`,
  "program-not-started-here": ({ name, text }) => `无法启动 ${name}：${text}`,
  "no-uefi-firmware": () => "没有安装 QEMU 的 UEFI 固件",
  "reading-new-disk-stopped": () => "读取新磁盘已取消",
  "ends-before-size": ({ path }) => `${path} 在其大小之前结束`,
  "no-kernel-in-boot": () => "系统的 /boot 中没有内核：其磁盘上没有可启动的内容",
  "no-kernel-in-boot-and": ({ notes }, { format, tell }) =>
    `系统的 /boot 中没有内核：其磁盘上没有可启动的内容（${format.list(notes.map(tell))}）`,
  "bring-kernels": () =>
    "若内核位于未迁移的磁盘上，请一并迁移该磁盘。否则请在源服务器上安装内核后重新运行任务；不经转换（--no-conversion）继续任务会生成磁盘原样的镜像。",
  "choose-own-firmware": () =>
    "请为目标端选择与源服务器相同的固件（--firmware same），或在源服务器上准备该固件的 GRUB 及其分区。",
  "encrypted-ways-on": () =>
    "复制是完整的。若要保留加密：不经转换和启动验证继续任务（`sma job resume --no-conversion --no-boot-check`）会生成磁盘原样的镜像，目标端会在控制台上询问口令。为此其 initramfs 需要虚拟磁盘的驱动；如果源服务器上的 `lsinitramfs` 或 `lsinitrd` 中没有 virtio_blk，请先加入 virtio_pci、virtio_blk 和 virtio_scsi，再重新运行任务。若可以不加密：请在源服务器上打开该卷，并新建一个按文件复制的任务。",
  "helper-said": ({ text }) => `辅助机报告：${text}`,
  "sealing-stopped": () => "已取消写入凭证",
  "chunk-of-disk-unknown": ({ chunk, disk }) => `没有磁盘 ${disk} 的块 ${chunk} 的记录`,
  "restored-otherwise": () => "恢复的磁盘与当时的不一致",
  "run-again-then-repeat": () => "请重新运行任务，然后重试。",
  "not-made-yet": ({ name }) => `${name} 尚未创建`,
  "reply-not-understood": ({ action, field, because }, { tell }) =>
    `无法理解对 ${action} 的回复（${field}）：${tell(because)}`,
  "parts-not-hashed": ({ disk }) => `磁盘 ${disk} 有部分尚未在此计算哈希；请先校验副本`,
  "reply-whole-not-understood": ({ action, because }, { tell }) =>
    `无法理解对 ${action} 的整个回复：${tell(because)}`,
};
