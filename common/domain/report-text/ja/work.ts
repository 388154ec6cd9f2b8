import type { workRemarks } from "../../work-remarks.ts";
import type { RemarkTexts } from "../remark-texts.ts";

/** What a running step is at. */
export const work: Pick<RemarkTexts, keyof typeof workRemarks> = {
  starting: () => "開始しています",
  done: () => "完了",

  "connecting-to-source": () => "移行元に接続しています",
  "collecting-facts": () => "移行元の情報を収集しています",
  "choosing-disks": () => "対象のディスクを選んでいます",
  "asking-cloud": () => "クラウドに問い合わせています",
  "counting-left-out": () => "除外されるファイルを数えています",
  "starting-intermediate": () => "中間サーバーを起動しています",
  "trying-ports": () => "移行元からポートへの接続を確認しています",
  "uploading-agent": () => "エージェントを送っています",
  "starting-agent": () => "エージェントを起動しています",

  copying: () => "コピーしています",
  "checking-again": ({ pass }) => `変更を再確認しています（${pass} 回目）`,
  paused: () => "一時停止中",
  "awaiting-window": ({ from, to }) => `転送時間帯（${from}～${to}）を待っています`,
  "awaiting-agent": () => "エージェントの接続を待っています",
  "reading-back": ({ disk }) => `${disk} を読み直して検証しています`,

  "opening-replica": () => "複製を開いています",
  "bringing-files": ({ mountPoint }) => `${mountPoint} のファイルを移しています`,
  "comparing-files": ({ mountPoint }) => `${mountPoint} のファイルを比較しています`,
  "reading-new-disk": () => "新しいディスクを読み取っています",

  "making-overlays": () => "オーバーレイを作成しています",
  "making-basic-disks": () => "ダイナミックディスクをベーシックディスクに変換しています",
  "starting-appliance": () => "変換環境（libguestfs）を起動しています",
  "looking-for-system": () => "オペレーティングシステムを探しています",
  "mounting-system": ({ system }) => `${system} をマウントしています`,
  "converting-step": ({ step }, words) => `変換中：${words.step(step)}`,
  "looking-into-initramfs": ({ kernel }) => `カーネル ${kernel} の initramfs を調べています`,
  "adding-drivers": ({ drivers }) => `initramfs に ${drivers.join("、")} を追加しています`,
  "writing-grub-configuration": () => "GRUB の設定を作り直しています",
  "installing-boot-loader": ({ firmware }) =>
    `${firmware.toUpperCase()} 用のブートローダーをインストールしています`,
  "opening-windows": () => "Windows を開いています",
  "putting-windows-drivers": () => "Windows にドライバーを組み込んでいます",

  "preparing-check-in": () => "システム内部からの確認を準備しています",
  "booting-copy": ({ stage, isEmulated, lastLine }, words) =>
    `起動中（${words.stage(stage)}）${isEmulated ? "。KVM がないためエミュレーションで動作しており、時間がかかります" : ""}${lastLine === null ? "" : `：${lastLine}`}`,
  "trying-repair": ({ repair, because }, { step, tell }) =>
    `起動しませんでした（${tell(because)}）。${step(repair)}を試しています`,
  repairing: ({ repair, doing }, { step, tell }) => `${step(repair)}。${tell(doing)}`,

  "making-image": ({ format }) => `${format} 形式のイメージを作成しています`,
  "comparing-image": ({ format }) => `${format} 形式のイメージを元の内容と比較しています`,
  "hashing-images": () => "イメージの内容のハッシュを計算しています",
  "checking-snapshot": () => "スナップショットを検証しています",
  "imaging-snapshot": () => "スナップショットのイメージを作成しています",
  "uploading-images": () => "アップロードしています",
  "uploading-disk": ({ disk }) => `ディスク ${disk} をアップロードしています`,
  "importing-image": () => "イメージをインポートしています",

  "removing-agent": () => "移行元からエージェントを削除しています",
  "removing-replica": () => "複製を削除しています",
  "removing-receipt": () => "移行証明書を削除しています",
  "removing-from-cloud": () => "クラウドに残っているものを削除しています",
  "releasing-source": () => "移行元の静止を解除しています",

  "demo-building-agent": () => "エージェントをビルドしています",
  "demo-boot-loader": () => "ゲスト自身が GRUB をインストールしています",
  "demo-waiting": () => "別のプロセスがデモサーバーを作成中です。終わるのを待っています",
  "demo-booting": ({ seconds }) => `デモサーバーが起動中です（${seconds} 秒）`,
  "demo-answers": ({ seconds }) => `デモサーバーが ${seconds} 秒で応答しました`,
  "demo-state-useless": () => "保存した実行状態を使えないため、起動し直します",
  "demo-keeping-state": () => "次回のために実行状態を保存しています",
};
