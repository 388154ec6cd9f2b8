import type { SystemTexts } from "../catalogue.ts";

export const system: SystemTexts = {
  "os-unsupported.off-list": ({ os }) => ({
    title: `${os} はサポート対象の一覧にありません`,
    outcome: {
      block:
        "ディスクはバイト単位でそのまま届きます。移行先で起動するかどうかは、このシステムでは実証されていません。",
      file: "推奨しません。ブートローダーと initramfs は、一覧にあるシステム向けの手順で作り直されます。",
    },
    remedy:
      "まずコピーをブロックレプリケーションで移行し、起動の検証を有効にして結果を確かめてから、切り替えを計画してください。",
  }),
  "os-unsupported.derivative": ({ os, relative }) => ({
    title: `${os} は一覧にありません（${relative} に似ていますが別のシステムです）`,
    outcome: {
      block:
        "ディスクはバイト単位でそのまま届きます。移行先で起動するかどうかは、このシステムでは実証されていません。",
      file: `推奨しません。${relative} 向けの手順が合わない可能性があります。`,
    },
    remedy:
      "まずコピーをブロックレプリケーションで移行し、起動の検証を有効にして結果を確かめてから、切り替えを計画してください。",
  }),
  "os-unsupported.client": ({ os }) => ({
    title: `${os} はデスクトップ用で、サーバーではありません`,
    outcome:
      "一覧にあるのはサーバーエディションだけです。ディスクはコピーできますが、起動しない可能性があり、ライセンス上認められないこともあります。",
    remedy:
      "サポート対象のサーバーエディションへサービスを移すか、コピーでブロックレプリケーションを試し、ライセンスを確認してください。",
  }),
  "os-unsupported.tested-here": ({ os }) => ({
    title: `${os} は一覧にありませんが、ここでは動作実績があります`,
    outcome: "このプロジェクトの検証環境で移行し、結果の起動を確認しています。製品の一覧には載っていません。",
    remedy: "対応は不要です。起動の検証は有効のままにしてください。",
  }),
  "os-unsupported.foreign": ({ os }) => ({
    title: `${os} は Linux でも Windows でもありません`,
    outcome: "移行できません。対応するエージェントがなく、起動の仕組みも扱えません。",
    remedy: "サポート対象のシステムにサービスを新しく導入し、データは固有の手段で移してください。",
  }),
  "os-undetermined.system": () => ({
    title: "オペレーティングシステムを判別できませんでした",
    outcome: "サポート対象かどうか判断できません。",
    remedy: "root または Administrator で、最新の収集スクリプトを使って収集し直してください。",
  }),
  "os-undetermined.version": ({ os }) => ({
    title: `${os} のバージョンを判別できませんでした`,
    outcome: "サポート対象は一部のバージョンだけです。このバージョンが含まれるかどうか判断できません。",
    remedy:
      "/etc/os-release またはリリースファイル（Linux）、systeminfo（Windows）を加えて、評価し直してください。",
  }),
  "os-undetermined.ambiguous": ({ os, entry }) => ({
    title: `一覧が ${os} を含むかどうか、はっきりしません`,
    outcome: `一覧の記載は「${entry}」です。この書き方では本システムを含むか決まらないため、サポート対象には数えていません。`,
    remedy: "移行先のベンダーに問い合わせるか、まずコピーを移行して起動の検証の結果を見てください。",
  }),
  "os-eol-activation": ({ os }) => ({
    title: `${os} は移行後にライセンス認証できません`,
    outcome: "データは届きますが、Windows Server 2003 と 2008 は新しいハードウェアでは認証できません。",
    remedy: "移行前に Windows をアップグレードするか、移行直後のアップグレードを計画してください。",
  }),
  "os-subscription.vendor": ({ product }) => ({
    title: `更新のため ${product} に登録されています`,
    outcome: "登録はディスクとともに移るため、移行元と移行先は同じ 1 台とみなされます。",
    remedy:
      "サブスクリプションが移行先も対象とすることを確認してください。カットオーバー後に移行元の登録を解除するか、両方を残す場合は移行先を登録し直してください。",
  }),
  "os-subscription.cloud": ({ product }) => ({
    title: `${product} の更新は、現在のクラウドのサーバーから提供されています`,
    outcome:
      "そのサーバーは同じクラウドのインスタンスにだけ更新を提供し、ライセンスはインスタンスの料金に含まれています。どちらもディスクとともには移りません。移行先は起動しますが、更新を受け取れません。",
    remedy: `移行先用に ${product} のサブスクリプション（自社のもの、または移行先のクラウドが提供するもの）を用意し、カットオーバー後に登録してください。`,
  }),
  "pending-restart": () => ({
    title: "更新が再起動を待っています",
    outcome:
      "移行先の最初の起動で更新が完了することになりますが、そのハードウェアに合わせて準備されたものではありません。Windows は起動に失敗することがあります。",
    remedy: "最後の同期の前に、移行元を一度再起動してください。",
  }),
  "os-evaluation": ({ os }) => ({
    title: `${os} は評価版です`,
    outcome:
      "移行はできますが、評価期間の日数は進み続け、期限を過ぎると 1 時間ごとに停止します。クラウドのライセンスでは認証できません。",
    remedy:
      "slmgr /dlv で残り日数を確認し、移行前に正式版へ変更してください: DISM /online /Set-Edition:ServerStandard /ProductKey:KEY /AcceptEula",
  }),
  "cpu-arch.foreign": ({ architecture }) => ({
    title: `プロセッサー（${architecture}）が x86 ではありません`,
    outcome: "移行できません。エージェントとイメージは x86-64 と i686 用です。",
    remedy: "x86 サーバーにサービスを新しく導入し、データは固有の手段で移してください。",
  }),
  "cpu-arch.undetermined": () => ({
    title: "プロセッサーの種類を判別できませんでした",
    outcome: "移行できるのは x86（x86-64、i686）サーバーだけです。",
    remedy: "移行元で `uname -m`（Linux）または systeminfo（Windows）を実行してください。",
  }),
  container: () => ({
    title: "これはコンテナーで、サーバーではありません",
    outcome:
      "ほかで起動できる独自のカーネルがなく、見えているディスクは、これを動かしているマシンのものです。",
    remedy: "コンテナーを動かしているマシンを評価するか、コンテナーエンジンの手段で移してください。",
  }),
  "low-memory": ({ availableBytes, minimumBytes }, f) => ({
    title: `空きメモリーが ${f.bytes(availableBytes)} しかありません`,
    outcome: `エージェントは最大 64 MiB を使います。空きが ${f.bytes(minimumBytes)} 未満だと、コピー中に移行元がスワップを始めることがあります。`,
    remedy: "負荷の低い時間に移行する、不要なものを止める、またはメモリーを増やしてください。",
  }),
  "clock-skew.offset": ({ offsetSeconds }, f) => ({
    title: `時計が ${f.duration(Math.abs(offsetSeconds))} ${offsetSeconds > 0 ? "進んでいます" : "遅れています"}`,
    outcome:
      "データに影響はありません。両方のログの時刻が合わず、クラウドサービスは時刻の合わない要求を拒否します。",
    remedy: "時計を合わせ、時刻同期（chrony、ntpd、w32time）を有効にしてください。",
  }),
  "clock-skew.unsynchronised": () => ({
    title: "時計が同期されていません",
    outcome: "データに影響はありません。時計がずれると、クラウドサービスが要求を拒否します。",
    remedy: "時刻同期（chrony、ntpd、w32time）を有効にしてください。",
  }),
  "collection.unprivileged": ({ gaps }, f) => ({
    title: "管理者権限なしで収集されています",
    outcome: `多くの情報は root または Administrator でしか読めません。${f.integer(gaps)} 項目が読めませんでした。欠けている情報は、ここでは「不明」として扱います。`,
    remedy: "root（sudo）または Administrator で収集スクリプトを実行し直してください。",
  }),
  "collection.incomplete": ({ gaps }, f) => ({
    title: `${f.integer(gaps)} 項目が読めませんでした`,
    outcome: "欠けている情報は、ここでは「不明」として扱います。",
    remedy: "根拠を確認し、原因を取り除けるものは収集し直してください。",
  }),
  "time-to-migrate.expected": ({ optimisticSeconds, expectedSeconds, pessimisticSeconds }, f) => ({
    title: `移行時間の目安は ${f.duration(expectedSeconds)} です`,
    outcome: `「見積もり」に挙げた前提では、${f.duration(optimisticSeconds)} から ${f.duration(pessimisticSeconds)} の間です。移行元は動いたままです。`,
    remedy:
      "回線を速くするか、不要なデータを除くと短くなります。先に一度同期しておけば、切り替え時は差分だけで済みます。",
  }),
  "time-to-migrate.undetermined": () => ({
    title: "所要時間を見積もれませんでした",
    outcome: "サイズの分からないディスクがあります。",
    remedy: "root または Administrator で収集し直してください。",
  }),
  "duplicate-host": ({ host, other }) => ({
    title: `${host} が複数回評価されています`,
    outcome: `同じホストが ${other} にもあります。全体の合計には二重に数えられています。`,
    remedy: "ホストごとに最新のバンドルだけを残してください。",
  }),
  "more-findings": ({ of, count }, f) => ({
    title: `「${of}」の所見があと ${f.integer(count)} 件あります`,
    outcome: "表示されているものと同じ種類です。",
    remedy: "表示されているものに対応してから、評価し直してください。",
  }),
};
