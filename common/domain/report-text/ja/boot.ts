import type { BootTexts } from "../catalogue.ts";

export const boot: BootTexts = {
  "gpt-bios.boot-partition": ({ disk }) => ({
    title: `${disk} は GPT ディスクから BIOS で起動しています`,
    outcome: {
      block:
        "BIOS ブートパーティションがあるため、そのまま維持されます。移行先も BIOS で起動する必要があります。",
      file: "ブートパーティションは新しく作られます。",
    },
    remedy: "移行先には UEFI ではなく BIOS を選んでください。",
  }),
  "gpt-bios.no-boot-partition": ({ disk }) => ({
    title: `${disk} は GPT でファームウェアは BIOS ですが、BIOS ブートパーティションがありません`,
    outcome: {
      block: "そのままコピーされます。どう起動しているかが不明で、移行先では起動しない可能性があります。",
      file: "起動できるレイアウトが新しく作られます。",
    },
    remedy:
      "移行元の起動方法（別のディスク、ネットワーク）を調べてください。起動の検証は有効のままにしてください。",
  }),
  "no-partition-table": ({ disk }) => ({
    title: `システムはパーティションテーブルのない ${disk} にあります`,
    outcome: {
      block:
        "ディスクはそのまま届きますが、ブートセクターがありません。移行元ではハイパーバイザーが外からカーネルを渡しています（Xen の PV-GRUB）。移行先ではここから起動できません。",
      file: "ファイルは、パーティションテーブルと GRUB のある新しいディスクへ移ります。",
    },
    remedy:
      "ファイルレプリケーションを使ってください。ブロックレプリケーションの場合は、起動用のディスクが別に必要です。",
  }),
  uefi: () => ({
    title: "移行元は UEFI で起動しています",
    outcome: {
      block:
        "維持されます。移行先も UEFI で起動する必要があります。移行元のファームウェアにある起動項目は移りません。",
      file: "EFI システムパーティションは新しく作られます。",
    },
    remedy:
      "移行先に UEFI を選んでください。起動項目のないファームウェアが探す \\EFI\\BOOT\\BOOTX64.EFI にもローダーを置いておくと確実です。",
  }),
  "secure-boot": () => ({
    title: "セキュアブートが有効です",
    outcome:
      "移行元に登録した鍵は移りません。その鍵で署名されたドライバーやカーネルは、移行先で読み込まれません。",
    remedy:
      "セキュアブートのない移行先を選ぶか、移行先で鍵を登録してください。この変更の後、BitLocker は回復キーを求めます。",
  }),
  "firmware-undetermined": () => ({
    title: "BIOS と UEFI のどちらで起動しているか判別できませんでした",
    outcome: "移行先も同じ方式でなければならず、選択を誤ると起動しません。",
    remedy: "/sys/firmware/efi があるか確認するか（Linux）、msinfo32 を実行してください（Windows）。",
  }),
  "grub-too-old": ({ version, minimum }) => ({
    title: `GRUB ${version} は ${minimum} より古いバージョンです`,
    outcome: {
      block: "そのまま維持されます。コピーしたディスクからも、元と同じように起動します。",
      file: "新しいレイアウトへ確実に導入できないおそれがあります。",
    },
    remedy: `ブロックレプリケーションを選ぶか、ファイルレプリケーションの前に GRUB ${minimum} 以降を導入してください。`,
  }),
  "boot-loader-undetermined": () => ({
    title: "ブートローダーまたはそのバージョンを判別できませんでした",
    outcome: {
      block: "何であっても、ディスクとともに移ります。",
      file: "新しいレイアウトに導入できるかどうか判断できません。",
    },
    remedy: "移行元で `grub-install --version`（または `grub2-install --version`）を実行してください。",
  }),
  "boot-loader-other": ({ loader }) => ({
    title: `ブートローダーは GRUB ではなく ${loader} です`,
    outcome: {
      block: "そのまま維持されます。ブロック番号を記録するローダー（LILO）も、同じ位置に見つけます。",
      file: "GRUB に置き換えられます。",
    },
    remedy: "ブロックレプリケーションを選ぶか、ファイルレプリケーションの前に GRUB を導入してください。",
  }),
  "no-virtio-driver.absent": ({ drivers }, f) => ({
    title: `virtio ドライバーがありません：${f.list(drivers)}`,
    outcome:
      "カーネルにこのドライバーがありません。virtio しか提供しない移行先では、ディスクまたはネットワークが見つかりません。",
    remedy:
      "移行前に virtio 対応のカーネルを導入するか、IDE・SATA ディスクと e1000 ネットワークカードを使える移行先を選んでください。",
  }),
  "no-virtio-driver.initramfs": ({ kernel }) => ({
    title: `${kernel} の initramfs に virtio ディスクドライバーがありません`,
    outcome:
      "ディスクは届きますが、initramfs を作り直すまで、virtio 上のルートファイルシステムが見つかりません。",
    remedy:
      "変換時に作り直されます。確実にするには、移行元で virtio_blk と virtio_pci を加えて（dracut --add-drivers、/etc/initramfs-tools/modules）作り直してください。",
  }),
  "no-virtio-driver.windows": ({ drivers }, f) => ({
    title: `virtio ドライバーが導入されていません：${f.list(drivers)}`,
    outcome: "virtio の移行先では、0x7B（起動ディスクなし）で停止するか、ネットワークなしで起動します。",
    remedy:
      "移行前に virtio-win ドライバーを導入するか、変換に任せてください（virtio-win パッケージが必要です）。",
  }),
  "virtio-undetermined": () => ({
    title: "virtio ドライバーの有無を判別できませんでした",
    outcome: "ドライバーがないと、virtio の移行先でディスクが見つからない可能性があります。",
    remedy: "root または Administrator で収集し直してください。起動の検証は有効のままにしてください。",
  }),
  "initramfs-missing": ({ kernel }) => ({
    title: `カーネル ${kernel} の initramfs がありません`,
    outcome: "必要なものがすべて組み込まれている場合に限り、このカーネルは移行先で起動します。",
    remedy:
      "作成してください（dracut、update-initramfs、mkinitcpio）。使っていないカーネルなら削除してください。",
  }),
  "fstab-device-names": ({ device, where }) => ({
    title: `/etc/fstab の ${where} が ${device} を直接指定しています`,
    outcome: {
      block:
        "移行先ではディスク名が変わることがあります（sda が vda になるなど）。その場合この行は失敗し、起動が止まることがあります。",
      file: "この行は新しいファイルシステムの UUID で書き直されます。",
    },
    remedy: "代わりに UUID=… を使うか（`blkid` で確認）、変換に任せてください。",
  }),
};
