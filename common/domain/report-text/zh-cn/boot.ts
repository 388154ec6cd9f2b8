import type { BootTexts } from "../catalogue.ts";

export const boot: BootTexts = {
  "gpt-bios.boot-partition": ({ disk }) => ({
    title: `${disk} 以 BIOS 方式从 GPT 磁盘启动`,
    outcome: {
      block: "有 BIOS 启动分区，原样保留。目标端也必须以 BIOS 方式启动。",
      file: "启动分区会重新创建。",
    },
    remedy: "请为目标端选择 BIOS，而不是 UEFI。",
  }),
  "gpt-bios.no-boot-partition": ({ disk }) => ({
    title: `${disk} 是 GPT，固件是 BIOS，但没有 BIOS 启动分区`,
    outcome: {
      block: "原样复制。不清楚它如何启动，在目标端可能无法启动。",
      file: "会重新创建可启动的布局。",
    },
    remedy: "请查明源服务器如何启动（其他磁盘、网络）。请保持启动验证开启。",
  }),
  "no-partition-table": ({ disk }) => ({
    title: `系统位于没有分区表的 ${disk} 上`,
    outcome: {
      block:
        "磁盘原样到达，但没有引导扇区：在源服务器上由虚拟化平台从外部提供内核（Xen 的 PV-GRUB）。在目标端无法从它启动。",
      file: "文件会移到带分区表和 GRUB 的新磁盘上。",
    },
    remedy: "请使用文件复制。使用块复制时，结果旁边还需要一块单独的启动盘。",
  }),
  uefi: () => ({
    title: "源服务器以 UEFI 方式启动",
    outcome: {
      block: "保留。目标端也必须以 UEFI 方式启动；源服务器固件中的启动项不会迁移。",
      file: "EFI 系统分区会重新创建。",
    },
    remedy:
      "请为目标端选择 UEFI。引导程序最好也放在 \\EFI\\BOOT\\BOOTX64.EFI，没有启动项的固件会在那里查找。",
  }),
  "secure-boot": () => ({
    title: "安全启动已开启",
    outcome: "在源服务器登记的密钥不会迁移。用这些密钥签名的驱动或内核在目标端无法加载。",
    remedy: "请选择不带安全启动的目标，或在目标端登记密钥。此变化之后 BitLocker 会要求恢复密钥。",
  }),
  "firmware-undetermined": () => ({
    title: "无法确定以 BIOS 还是 UEFI 方式启动",
    outcome: "目标端必须采用同样的方式，选错则无法启动。",
    remedy: "请查看 /sys/firmware/efi 是否存在（Linux），或运行 msinfo32（Windows）。",
  }),
  "grub-too-old": ({ version, minimum }) => ({
    title: `GRUB ${version} 早于 ${minimum}`,
    outcome: {
      block: "原样保留；从复制的磁盘启动与原来一样。",
      file: "有风险：不能可靠地安装到新布局。",
    },
    remedy: `请选择块复制，或在文件复制之前安装 GRUB ${minimum} 或更高版本。`,
  }),
  "boot-loader-undetermined": () => ({
    title: "无法确定引导程序或其版本",
    outcome: {
      block: "不论是什么，都随磁盘一起迁移。",
      file: "无法判断能否安装到新布局。",
    },
    remedy: "请在源服务器运行 `grub-install --version`（或 `grub2-install --version`）。",
  }),
  "boot-loader-other": ({ loader }) => ({
    title: `引导程序是 ${loader}，不是 GRUB`,
    outcome: {
      block: "原样保留。记录块号的引导程序（LILO）仍能找到它们。",
      file: "替换为 GRUB。",
    },
    remedy: "请选择块复制，或在文件复制之前安装 GRUB。",
  }),
  "no-virtio-driver.absent": ({ drivers }, f) => ({
    title: `没有 virtio 驱动：${f.list(drivers)}`,
    outcome: "内核没有该驱动。在只提供 virtio 的目标端，会找不到磁盘或网络。",
    remedy: "请在迁移前安装支持 virtio 的内核，或选择提供 IDE、SATA 磁盘和 e1000 网卡的目标。",
  }),
  "no-virtio-driver.initramfs": ({ kernel }) => ({
    title: `${kernel} 的 initramfs 中没有 virtio 磁盘驱动`,
    outcome: "磁盘会到达，但在重建 initramfs 之前，副本在 virtio 上找不到根文件系统。",
    remedy:
      "转换时会重建。稳妥起见，请在源服务器加入 virtio_blk 和 virtio_pci（dracut --add-drivers、/etc/initramfs-tools/modules）并重建。",
  }),
  "no-virtio-driver.windows": ({ drivers }, f) => ({
    title: `没有安装 virtio 驱动：${f.list(drivers)}`,
    outcome: "在 virtio 目标端，Windows 会停在 0x7B（找不到启动磁盘），或启动后没有网络。",
    remedy: "请在迁移前安装 virtio-win 驱动，或交给转换处理（需要 virtio-win 软件包）。",
  }),
  "virtio-undetermined": () => ({
    title: "无法确定是否有 virtio 驱动",
    outcome: "没有驱动时，副本在 virtio 目标端可能找不到磁盘。",
    remedy: "请以 root 或 Administrator 身份重新采集。请保持启动验证开启。",
  }),
  "initramfs-missing": ({ kernel }) => ({
    title: `内核 ${kernel} 没有 initramfs`,
    outcome: "只有所需的一切都内建时，该内核才能在目标端启动。",
    remedy: "请生成一个（dracut、update-initramfs、mkinitcpio）；没有人使用的内核请删除。",
  }),
  "fstab-device-names": ({ device, where }) => ({
    title: `/etc/fstab 中 ${where} 直接写了 ${device}`,
    outcome: {
      block: "目标端的磁盘名可能不同（sda 变成 vda）。届时该行失效，启动可能卡住。",
      file: "该行会用新文件系统的 UUID 重写。",
    },
    remedy: "请改用 UUID=…（用 `blkid` 查看），或交给转换处理。",
  }),
};
