import { assertNever } from "../../../result.ts";
import type { BootSign, BootStage, BootView } from "../../remark.ts";
import type { RemarkTexts } from "../remark-texts.ts";
import { checks } from "./checks.ts";
import { entries } from "./entries.ts";
import { faults } from "./faults/index.ts";
import { work } from "./work.ts";

export const bootStages: Readonly<Record<BootStage, string>> = {
  "power on": "電源投入",
  firmware: "ファームウェア",
  "boot loader": "ブートローダー",
  kernel: "カーネル",
  init: "init",
  login: "ログイン",
};

const views: Readonly<Record<BootView, string>> = {
  serial: "シリアルコンソール",
  screen: "画面",
  kernel: "カーネルのコンソール",
};

const signs: Readonly<Record<BootSign, (detail: string | null) => string>> = {
  "no-boot-loader-bios": () =>
    "起動できるデバイスがありません。ディスク上にブートローダーが見つかりませんでした",
  "no-boot-loader-uefi": () =>
    "起動できるデバイスがありません。UEFI がブートローダーを見つけられませんでした",
  "grub-rescue": (detail) =>
    `GRUB レスキューモード：${detail ?? "ブートローダーが自身のファイルを見つけられません"}`,
  "grub-prompt": () => "GRUB のプロンプト：設定が見つかりませんでした",
  "kernel-panic": (detail) => `カーネルパニック：${detail ?? ""}`,
  "initramfs-shell": (detail) =>
    `initramfs のシェル：${detail ?? "ルートファイルシステムが見つかりませんでした"}`,
  "dracut-shell": () => "dracut のシェル：ルートファイルシステムが見つかりませんでした",
  passphrase: (detail) => `暗号化ボリュームのパスフレーズの入力待ちです：${detail ?? ""}`,
  "emergency-mode": () => "緊急モード：fstab のファイルシステムなど、基本的な構成要素の起動に失敗しました",
};

const volumeProblems = {
  "no-parts": "には構成要素がありません",
  mirrored: "はミラーボリュームです。移行元でミラーを解除すれば変換できます",
  striped: "はストライプボリュームで、データが連続していません",
  raid5: "は RAID-5 ボリュームで、データが連続していません",
  "unknown-layout": "は未知の構成です",
  "other-disk": "は、このジョブに含まれないディスクにもまたがっています",
  impossible: "について、データベースの内容に矛盾があります",
  incomplete: "の位置が、データベースに一部しか記録されていません",
} as const;

export const remarks: RemarkTexts = {
  ...work,
  ...checks,
  ...faults,
  ...entries,

  "tools-wrote": () => "システム自身のツールが処理の途中で書き込んだファイル",
  "tool-said": ({ text }) => text,
  "system-unknown": ({ system }) => `${system} は未知のシステムのため、共通の部分だけを変換しました`,
  "filesystem-repaired": ({ mountPoint }) =>
    `${mountPoint} のファイルシステムが破損していたため、オーバーレイ上で修復しました`,
  "fstab-name": ({ device, mountPoint, name, type }) =>
    `fstab の ${mountPoint} のデバイスを ${device} から ${name}${type === null ? "" : `（${type}）`} に変更しました`,
  "fstab-not-awaited": ({ device, mountPoint }) =>
    `${mountPoint} の ${device} はどのディスクにもないため、起動時に待たないようにしました`,
  "fstab-unknown": ({ device, mountPoint }) =>
    `fstab の ${mountPoint} に指定された ${device} は、どのディスクにもありません`,
  "fstab-root": ({ device, name }) => `fstab の / のデバイスを ${device} から ${name} に変更しました`,
  "fstab-off": ({ device, mountPoint, why }) =>
    `fstab の ${mountPoint}（${device}）を無効にしました。${why === "swap-file" ? "スワップファイルはコピーされません" : "ファイルは上位のファイルシステムに入りました"}`,
  "crypttab-off": () =>
    "crypttab の暗号化ボリュームを無効にしました。ファイルは暗号化されていないパーティションにあります",
  "swap-anew": ({ device, on }) => `スワップ領域 ${device} を ${on} に作り直しました`,
  "boot-names": ({ names, path }) => `${path} の ${names.join("、")} を UUID による指定に変更しました`,
  "device-map-removed": ({ path }) =>
    `${path}（元のマシンのディスクを列挙した GRUB のファイル）を削除しました`,
  "kernel-arguments": ({ path }) => `${path} のカーネル引数を新しいファイルシステムに合わせました`,
  "root-argument": ({ path, name, wrong }) =>
    `${path}：ルートファイルシステムを ${wrong.join("、")} から ${name} に変更しました`,
  "initramfs-drivers": ({ kernel, drivers }) =>
    `カーネル ${kernel} の initramfs にドライバー ${drivers.join("、")} を追加しました`,
  "initramfs-absent": ({ kernel, drivers }) =>
    `カーネル ${kernel} には initramfs がなく、次のドライバーも組み込まれていません：${drivers.join("、")}`,
  "initramfs-anew": ({ kernel }) => `カーネル ${kernel} の initramfs を作り直しました`,
  "no-initramfs-tool": () => "initramfs を作るツールがシステムにありません",
  "kernel-without-drivers": ({ kernel, drivers }) =>
    `カーネル ${kernel} には仮想ディスク用のドライバーがありません：${drivers.join("、")}`,
  "grub-configuration": ({ path, tool }) => `${path} を ${tool} で作り直しました`,
  "grub-configuration-plain": ({ path, kernels }) =>
    `${path} を新たに書き込み、${kernels} 個のカーネルの項目を設けました`,
  "grub-configuration-impossible": () => "GRUB の設定では何も起動できず、新しい設定も作成できませんでした",
  "grub-installed": ({ firmware }) => `${firmware.toUpperCase()} 用の GRUB を再インストールしました`,
  "no-grub-install": () => "システムに grub-install がありません",
  "no-grub-for": ({ target }) => `システムに ${target} 用の GRUB がありません`,
  "boot-sector-empty": ({ because }, { tell }) =>
    `ブートセクターが空で、GRUB もインストールできませんでした：${tell(because)}`,
  "no-loader-on-new-disk": ({ because }, { tell }) =>
    `新しいディスクにブートローダーをインストールできませんでした：${tell(because)}`,
  "esp-filesystem": () => "EFI システムパーティションにファイルシステムがなかったため、作成しました",
  "esp-mounted": ({ path }) => `EFI システムパーティションを ${path} にマウントするようにしました`,
  "bios-boot-partition": () =>
    "最初のパーティションの前の未使用セクターに BIOS ブートパーティションを作成しました",
  "fallback-loader": ({ loader }) => `${loader} を、ブートエントリーがない UEFI が探す名前でも配置しました`,
  "no-loader-on-esp": () => "EFI システムパーティションにブートローダーが見つかりませんでした",
  "serial-console": () =>
    "カーネルのコンソールとログインプロンプトを、1 番目のシリアルポートにも出力するようにしました",
  "cloud-init-off": () => "cloud-init を無効にしました",
  "cloud-init-source": ({ source }) => `cloud-init のデータソースを ${source} だけにしました`,
  "cloud-init-absent": () => "cloud-init がインストールされていないため、データソースは設定していません",
  "selinux-labelled": () => "変更したファイルに SELinux ポリシーのラベルを付けました",
  "selinux-at-first-boot": () =>
    "初回起動時に SELinux がすべてのファイルのラベルを付け直し、その後 1 回再起動します",
  "host-name": ({ name, old }) =>
    old === null ? `ホスト名を ${name} にしました` : `ホスト名を ${old} から ${name} に変更しました`,
  "machine-id": () => "初回起動時に machine-id が新しく作られます",
  "card-rule-removed": ({ path }) => `古いネットワークカードに名前を割り当てる ${path} を削除しました`,
  "card-address-dropped": ({ path }) => `${path} から古いネットワークカードの MAC アドレスの指定を外しました`,
  "netplan-dhcp": ({ paths }) =>
    `${paths.join("、")} に代えて、すべてのネットワークカードで DHCP を使うよう netplan を設定しました`,
  dhcp: ({ path }) => `${path} を DHCP による取得に変更しました`,
  "not-understood": ({ path }) => `${path} の内容を解釈できなかったため、そのまま残しました`,
  "card-named": ({ card }) => `virtio ネットワークカードの名前を、設定どおり ${card} に固定しました`,
  "several-cards": ({ cards }) =>
    `複数のネットワークカード（${cards.join("、")}）が名前で設定されています。移行後に、どのカードがどの名前になったか確認してください`,
  "tools-off": ({ platform, services, how }) =>
    `${platform} のツールが起動しないようにしました：${services.join("、")}（${how === "masked" ? "mask しました。パッケージは残ります" : "無効にしました。プログラムは残ります"}）`,

  "windows-several": () =>
    "ディスクに複数の Windows があり、どれが起動するか判別できないため、設定はそのまま残しました",
  "windows-registry-left": ({ text }) => `Windows のレジストリはそのまま残しました：${text}`,
  "ntfs-damaged": ({ device, text }) => `${device} の NTFS に問題があります：${text}`,
  "ntfs-checked-at-start": ({ device }) =>
    `${device} の NTFS にはチェックの印があり、Windows の起動時に検査（chkdsk）が行われます`,
  "windows-drivers-put": () => "virt-v2v で Windows に virtio ドライバーを組み込みました",
  "windows-drivers-not-named": () =>
    "virtio ドライバーが指定されていません（--virtio-drivers）。ドライバーが既に入っていない限り、この Windows は virtio のディスクを認識できません",
  "windows-activation": ({ release }) =>
    release === "2003"
      ? "Server 2003 はハードウェアが変わるとライセンス認証を求めます。OEM ライセンスではログイン前に必要です。ボリュームライセンスキーまたは電話認証を用意してください"
      : "Server 2008 はハードウェアが変わるとライセンス認証を求めます。Microsoft のインターネット認証は終了しているため、電話または KMS で認証してください",
  "windows-boot-drivers": ({ drivers }) =>
    `ディスクのドライバーを起動時に開始するようにしました：${drivers.join("、")}`,
  "windows-clock-utc": ({ zone, set }) =>
    `ハードウェア時計を移行先と同じ UTC として扱うようにしました。タイムゾーン${zone === null ? "" : `（${zone}）`}は変わりません（${set}）`,
  "windows-clock-local": () =>
    "この Windows はハードウェア時計を現地時刻として扱い、変更できません。移行先の時計が UTC の場合、時刻サービスが合わせるまで時刻がずれます",
  "windows-disks-online": ({ before, set }) =>
    `データディスクが自動的にオンラインになります（SAN ポリシーを${before === null ? "エディションの既定値" : ` ${before} `}から OnlineAll に変更、${set}）`,
  "windows-letter-kept": ({ letter }) =>
    `ダイナミックボリュームだった ${letter} のドライブ文字を維持しました`,
  "windows-letters-lost": ({ letters }) =>
    `次のドライブ文字は移行したディスクにないパーティションのもので、使えなくなります：${letters.join("、")}`,
  "remote-desktop-off": () =>
    "リモートデスクトップは移行元で無効だったため、無効のままです。移行先ではコンソールから操作してください",
  "remote-desktop-public": ({ rules }) =>
    `移行先のネットワークは最初「パブリック」と判定されるため、そこでもリモートデスクトップを許可しました：${rules.join("、")}`,
  "remote-desktop-outside": () =>
    "移行先は最初ドメインの外にあるため、ドメイン外でもリモートデスクトップを許可しました",
  "remote-desktop-no-rules": () =>
    "リモートデスクトップは有効ですが、ファイアウォールの許可規則が有効になっていません。ファイアウォールが有効な場合は接続できません",
  "volume-basic": ({ volume }) =>
    `ダイナミックボリューム ${volume} を同じ位置のベーシックパーティションにしました`,
  "volume-gathered": ({ volume, pieces, sizeBytes }, { format }) =>
    `ダイナミックボリューム ${volume} を ${pieces} 個の断片から ${format.bytes(sizeBytes)} のベーシックパーティションにまとめました`,
  "dynamic-database-unreadable": ({ group }) =>
    `${group} のデータベースを読み取れないため、ダイナミックディスクのまま残しました`,
  "dynamic-disks-stay": ({ group, disks, because }, { tell }) =>
    `${group} のディスク ${disks} 台はダイナミックディスクのまま残しました：${tell(because)}`,
  "dynamic-in-change": () => "ディスクグループのデータベースが変更の途中か、破損しています",
  "dynamic-same-bytes": () =>
    "ディスクグループのデータベースで、同じ領域が 2 つのボリュームに割り当てられています",
  "dynamic-too-large": () => "スパンボリュームを 1 つにまとめると、MBR の上限（2 TiB）を超えます",
  "dynamic-database-inside": () => "ディスクグループのデータベースがボリュームの内側にあります",
  "dynamic-volume": ({ volume, problem }) => `ボリューム ${volume} ${volumeProblems[problem]}`,

  "boot-login": ({ view, text }) => `${views[view]}にログインプロンプトが表示されました：${text}`,
  "boot-up": ({ view, text }) => `${views[view]}の表示：${text}`,
  "boot-sign": ({ sign, detail, waitedFor, view }) =>
    `${signs[sign](detail)}${waitedFor === null ? "" : `。${waitedFor} を待っていました`}（${views[view]}）`,
  "boot-ended": ({ stage, text }, words) =>
    `マシンが停止または再起動しました。到達した段階：${words.stage(stage)}${text === null ? "" : `。QEMU のメッセージ：${text}`}`,
  "boot-no-loader": ({ seconds }) =>
    `起動できるデバイスがありません。ファームウェアがディスクからの起動を始めて ${seconds} 秒たっても、ブートローダーが現れませんでした`,
  "boot-stands-still": ({ seconds }) =>
    `ブートローダーが停止しています。カーネルは起動されず、${seconds} 秒間、画面にもシリアルポートにも変化がありません`,
  "boot-timeout": ({ seconds, stage, lastLine, waitsFor }, words) =>
    [
      `${seconds} 秒以内にシステムの稼働を確認できませんでした`,
      `到達した段階：${words.stage(stage)}`,
      ...(lastLine === null ? [] : [`最後の行：${lastLine}`]),
      ...(waitsFor === null ? [] : [`${waitsFor} を待っています`]),
    ].join("。"),
  "boot-not-mounted": ({ mountPoints }) => `マウントされていません：${mountPoints.join("、")}`,
  "boot-no-swap": () => "スワップが使用されていません",
  "boot-no-sshd": () => "sshd が待ち受けていません",
  "boot-units-failed": ({ units }) => `失敗したユニット：${units.join("、")}`,
  "repair-nothing": () => "変更する対象がありませんでした",

  "source-is-windows": () => "移行元は Windows です",
  "no-lvm-tools": () => "移行元に LVM のツールがありません",
  "on-no-volume": () => "論理ボリューム上にありません",
  "volume-not-linear": ({ volume }) => `論理ボリューム ${volume} はリニアではありません`,
  "no-linear-volume": () => "マウント中のファイルシステムは、どれもリニアな論理ボリューム上にありません",
  "group-unknown": ({ group }) => `ボリュームグループ ${group} が見つかりません`,
  "group-shared": ({ group }) => `ボリュームグループ ${group} は他のマシンと共有されています`,
  "group-full": ({ group, freeBytes }, { format }) =>
    `ボリュームグループ ${group} の空きはスナップショット用に ${format.bytes(freeBytes)} しかありません`,
  "metadata-large": () => "ボリュームグループのメタデータが大きく、メモリーに保持できません",
  "volumes-in-pieces": ({ pieces }) => `論理ボリュームが ${pieces} 個の断片に分かれています`,
  "would-be-left-out": ({ mountPoint, because }, { tell }) =>
    `${mountPoint} が対象外になります。${tell(because)}`,
  "read-as-it-was": ({ mountPoint, because }, { tell }) =>
    `${mountPoint} はそのままの状態で読み取りました。${tell(because)}`,
  "no-snapshots": ({ because }, { tell }) => `スナップショットは使用しません。${tell(because)}`,
  "snapshots-gone": () => "スナップショットがパスの途中で失われました",
  "snapshot-overflowed": ({ volume, device, extents }) =>
    `${volume} のスナップショットがあふれました。パスの間の書き込みが、ボリュームグループの空きを超えました（${device}、${extents} エクステント）`,
  "pass-too-long": ({ seconds, limitSeconds }) =>
    `パスに ${Math.ceil(seconds)} 秒かかり、書き込みを停止できる時間（${limitSeconds} 秒）を超えます`,
  "windows-not-frozen": () => "Windows のファイルシステムは、ここから書き込みを停止できません",
  "no-memory-filesystem": () => "監視の記録を置くメモリー上のファイルシステムが移行元にありません",
  "not-frozen": ({ mountPoint, text }) => `${mountPoint} の書き込みを停止できませんでした：${text}`,
  "moment-ended-early": () => "パスが終わる前に、移行元の監視が静止状態を終了しました",

  "drill-begun": ({ instance }) => `${instance} でリハーサルを開始しました`,
  "drill-passed": ({ evidence }, { tell }) => `リハーサルに成功しました：${tell(evidence)}`,
  "drill-failed": ({ message }) => `リハーサルに失敗しました（${message}）`,
  "drill-given-up": () => "リハーサルを中止しました",
  "drill-taken-back": () => "リハーサルを片付けています",
  "instance-removed": ({ instance }) => `${instance} を削除しました`,
  "without-drill": () => "リハーサルなしで進めました",
  "cutover-begun": ({ instance }) => `${instance} への切り替えを開始しました`,
  "cutover-begun-with-last-copy": ({ instance, copiedAtMs }, { format }) =>
    `${format.dateTime(copiedAtMs)} のコピーで ${instance} への切り替えを開始しました。それ以降に移行元で書き込まれたデータは含まれません`,
  "cutover-step": ({ step, instance, disks }) => {
    switch (step) {
      case "receive":
        return `${instance} の新しいディスク ${disks} 台に書き込んでいます`;
      case "snapshot":
        return "受け取った内容を固定しています";
      case "image":
        return "ディスクの元になるイメージを作成しています";
      case "stop":
        return `${instance} を停止しています`;
      case "replace":
        return `${instance} のディスクを新しいものに交換しています。古いディスクは保管されます`;
      case "start":
        return `${instance} を起動しています`;
      case "watch":
        return `${instance} の起動を監視しています`;
      default:
        return assertNever(step);
    }
  },
  "filling-disk": ({ disk }) => `新しいディスク ${disk} に書き込んでいます`,
  "cut-over": ({ evidence }, { tell }) => `切り替えました：${tell(evidence)}`,
  "rolling-back": () => "元に戻しています",
  "putting-back": () => "古いディスクに戻しています",
  "rolled-back": ({ instance, runs }) =>
    `元に戻しました。${instance} は古いディスクに戻り${runs ? "、稼働しています" : "ました"}`,
  finalised: () => "確定しました。古いディスクは削除されました",
  booting: ({ stage, lastLine }, words) =>
    `起動中（${words.stage(stage)}）${lastLine === null ? "" : `: ${lastLine}`}`,
};
