import type { imagesFaults } from "../../../faults/images.ts";
import type { RemarkTexts } from "../../remark-texts.ts";

export const images: Pick<RemarkTexts, keyof typeof imagesFaults> = {
  "boot-check-stopped": () => "起動の検証を取り消しました",
  "conversion-stopped": () => "変換を取り消しました",
  "guestfs-failed": ({ what, text }) => `libguestfs：${what} に失敗しました：${text}`,
  "make-kernel-readable": ({ path }) => `root で実行してください：chmod 0644 ${path}`,
  "dynamic-volume-unplaced": () => "ダイナミックボリュームをベーシックパーティションに移せませんでした",
  "file-too-large-to-convert": ({ path }) => `${path} が 512 KiB を超えているため、変換で変更できません`,
  "make-file-smaller": ({ path }) =>
    `移行元で ${path} を小さくしてからジョブを再開するか、変換をオフにしてください。`,
  "several-systems": ({ systems }, { format }) =>
    `ディスクに複数のオペレーティングシステムがあります：${format.list(systems)}`,
  "system-encrypted": () => "システムが暗号化ボリューム（LUKS）にあり、鍵なしでは内容を調べられません",
  "no-system-found": () => "ディスクにオペレーティングシステムが見つかりませんでした",
  "loader-for-firmware-failed": ({ firmware, because }, { tell }) =>
    `${firmware} 用のブートローダーをインストールできませんでした：${tell(because)}`,
  "uefi-without-esp": () =>
    "UEFI のマシンには EFI システムパーティションが必要ですが、どのディスクにもありません",
  "virt-v2v-failed": () => "virt-v2v-in-place で Windows にドライバーを組み込めませんでした",
  "windows-hibernated": () =>
    "Windows がディスク上で休止状態（高速スタートアップを含む）になっているため、書き込めません",
  "switch-hibernation-off": () =>
    "移行元で休止状態をオフにして（powercfg /h off）再起動し、もう一度移行するか、変換なし（--no-conversion）でジョブを再開してください。",
  "image-holds-at-most": ({ imageFormat, most }, { format }) =>
    `${imageFormat} 形式のイメージの上限は ${format.bytes(most)} です`,
  "image-reads-back-otherwise": () => "イメージを読み戻すと、書き込んだ内容と異なります",
  "image-stopped": () => "イメージの作成を取り消しました",
  "image-not-equal": ({ format }) => `${format} 形式のイメージが元の内容と一致しません`,
  "overlay-too-short": () => "変換のオーバーレイが複製より短くなっています",
  "helper-lacks": ({ program }) =>
    `プログラム ${program} がインストールされていないため、ここではファイルを新しい構成に移せません`,
  "new-layout-stopped": () => "新しい構成の作成を取り消しました",
  "helper-takes-disks": ({ count, most }) =>
    `ディスク ${count} 台は、補助マシンの上限（${most} 台）を超えています`,
  "no-partition-takes": ({ mountPoint }) => `${mountPoint} を入れるパーティションがありません`,
  "helper-ended-early": () => "補助マシンが処理の途中で終了しました",
  "comparing-stopped": () => "ファイルの比較を取り消しました",
  "file-list-empty": ({ mountPoint }) => `${mountPoint} のファイル一覧が空です`,
  "table-unwritten": ({ text }) => `パーティションテーブルを書き込めませんでした：${text}`,
  "lists-unsorted": ({ text }) => `ファイル一覧を並べ替えられませんでした：${text}`,
  "image-unread": ({ text }) => `イメージを読めません：${text}`,
  "qemu-not-started": () => "QEMU が起動しませんでした",
  "qemu-ports-untold": () => "QEMU が転送するポートを示しませんでした",
  "path-unread-why": ({ path, text }) => `${path} を読めません：${text}`,
  "data-in-other-files": ({ path }) =>
    `${path} のデータは別のファイルにあるとされています。別のファイルは読み込みません`,
  "make-one-file": () => "先に 1 つのファイルにまとめてください：qemu-img convert。",
  "opening-stopped": () => "イメージを開く処理を取り消しました",
  "image-unopened": ({ text }) => `イメージを開けません：${text}`,
  "image-lacks-bytes": ({ length, offset }) => `イメージの ${offset} に ${length} バイトがありません`,
  "image-unread-at": ({ offset }) => `イメージの ${offset} を読み書きできません`,
  "no-room-for-qemu-img": () => "qemu-img の書き込み先に空きがありません",
  "qemu-img-failed": ({ act, status, text }) => `qemu-img ${act} が ${status} で終了しました：${text}`,
  "program-not-started-here": ({ name, text }) => `${name} を起動できませんでした：${text}`,
  "no-uefi-firmware": () => "QEMU 用の UEFI ファームウェアがインストールされていません",
  "reading-new-disk-stopped": () => "新しいディスクの読み取りを取り消しました",
  "ends-before-size": ({ path }) => `${path} が本来のサイズより前で終わっています`,
  "no-kernel-in-boot": () => "システムの /boot にカーネルがなく、起動できるものがディスクにありません",
  "no-kernel-in-boot-and": ({ notes }, { format, tell }) =>
    `システムの /boot にカーネルがなく、起動できるものがディスクにありません（${format.list(notes.map(tell))}）`,
  "bring-kernels": () =>
    "カーネルが移行していないディスクにある場合は、そのディスクも移行してください。それ以外は、移行元にカーネルをインストールしてジョブをもう一度実行してください。変換なし（--no-conversion）で再開すると、ディスクをそのままイメージにします。",
  "choose-own-firmware": () =>
    "移行先のファームウェアに移行元と同じものを選ぶか（--firmware same）、移行元にそのファームウェア用の GRUB とパーティションを用意してください。",
  "encrypted-ways-on": () =>
    "コピーは完全です。暗号化を保つ場合は、変換と起動の検証なしで再開してください（`sma job resume --no-conversion --no-boot-check`）。ディスクがそのままイメージになり、移行先はコンソールでパスフレーズを求めます。それには initramfs に仮想ディスクのドライバーが必要です。移行元の `lsinitramfs` または `lsinitrd` に virtio_blk が表示されない場合は、先に virtio_pci、virtio_blk、virtio_scsi を追加してジョブをもう一度実行してください。暗号化を外してよい場合は、移行元でボリュームを開いた状態で、ファイル単位の新しいジョブを作成してください。",
  "helper-said": ({ text }) => `補助マシンからの報告：${text}`,
  "sealing-stopped": () => "証明書への記載を取り消しました",
  "chunk-of-disk-unknown": ({ chunk, disk }) => `ディスク ${disk} のチャンク ${chunk} の記録がありません`,
  "restored-otherwise": () => "復元したディスクが当時のものと一致しません",
  "run-again-then-repeat": () => "ジョブをもう一度実行してから、やり直してください。",
  "not-made-yet": ({ name }) => `${name} はまだ作成されていません`,
  "reply-not-understood": ({ action, field, because }, { tell }) =>
    `${action} への応答を解釈できません（${field}）：${tell(because)}`,
  "parts-not-hashed": ({ disk }) =>
    `ディスク ${disk} にまだハッシュを計算していない部分があります。先に複製を検証してください`,
  "reply-whole-not-understood": ({ action, because }, { tell }) =>
    `${action} への応答全体を解釈できません：${tell(because)}`,
};
