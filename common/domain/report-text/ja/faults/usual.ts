import type { usualFaults } from "../../../faults/usual.ts";
import type { RemarkTexts } from "../../remark-texts.ts";
import { windowsFaults } from "./windows.ts";

export const usual: Pick<RemarkTexts, keyof typeof usualFaults> = {
  ...windowsFaults,
  "no-answer": ({ host, port, seconds }) => `${host}:${port} から ${seconds} 秒以内に応答がありませんでした`,
  "name-unknown": ({ host }) => `ホスト名 ${host} が見つかりません`,
  "name-server-silent": ({ host }) => `DNS サーバーが応答しないため、ホスト名 ${host} を解決できません`,
  "connection-refused": ({ host, port }) => `${host} のポート ${port} で接続が拒否されました`,
  "silent-host": ({ host, port }) => `${host}:${port} から応答がありませんでした`,
  "no-route": ({ host }) => `${host} への経路がありません`,
  "closed-at-once": ({ host, port }) => `${host}:${port} が接続直後に切断しました`,
  "not-reached": ({ address, text }) => `${address} に到達できません（${text}）`,
  "handshake-failed": ({ address, text }) => `${address} との SSH ハンドシェイクが完了しません（${text}）`,
  "handshake-closed": ({ address }) => `${address} が SSH ハンドシェイクの途中で接続を閉じました`,
  "line-lost": ({ where, text }) => `${where} との接続が切れました（${text}）`,
  "login-refused": ({ who, tried, offered, problems, text }) =>
    [
      `${who} としてログインできません`,
      tried.length === 0
        ? `サーバーが受け付ける認証方式は${offered.length === 0 ? "ありません" : `${offered.join("、")}ですが、該当する認証情報が設定されていません`}`
        : `拒否された認証：${tried.join("、")}`,
      ...(text === null ? [] : [`サーバーからのメッセージ：${text}`]),
      ...(problems.length === 0 ? [] : [`使用できなかった鍵：${problems.join("、")}`]),
    ].join("。"),
  "check-user-and-legacy-key": () =>
    "ユーザーと鍵を確認してください。SHA-1 署名しか使えないサーバー（OpenSSH 7.2 より前）では、この移行元で旧式のアルゴリズムを有効にすると RSA 鍵を使えます。",
  "host-key-new": ({ host, port, keyType, fingerprint }) =>
    `${host}:${port} のホスト鍵は未登録です：${keyType} ${fingerprint}`,
  "host-key-other": ({ host, port, pinned, keyType, shown }) =>
    `${host}:${port} のホスト鍵が変わりました。登録済み：${pinned}、現在：${keyType} ${shown}`,
  "nothing-in-common": ({ address, missing }) =>
    `${address} とこのプログラムの間に、共通のアルゴリズム（${missing}）がありません`,
  "update-ssh-server": () =>
    "サーバーが提示する方式は、どれもこのプログラムでは使えません。SSH サーバーを更新してください。",
  "sudo-not-allowed": ({ text }) => `このユーザーには sudo の権限がありません：${text}`,
  "allow-sudo": () => "sudoers でこのユーザーに許可するか、別のアカウントを使ってください。",
  "sudo-absent": ({ method }) => `移行元に ${method} がインストールされていません`,
  "be-root-or-install": () => "root でログインするか、インストールしてください。",
  "sudo-wants-password": () => "sudo にパスワードが必要ですが、設定されていません",
  "give-sudo-password": () => "sudo のパスワードを設定するか、このユーザーに NOPASSWD を許可してください。",
  "password-not-accepted": ({ method }) => `${method} でパスワードが受け付けられませんでした`,
  "key-file-closed": ({ file }) =>
    `鍵ファイル ${file} は暗号化されていますが、パスフレーズが設定されていません`,
  "give-passphrase": () => "鍵のパスフレーズを設定するか、鍵を ssh-agent に読み込んでください。",
  "passphrase-wrong": ({ file }) => `鍵ファイル ${file} のパスフレーズが違います`,
  "give-right-passphrase": () => "この鍵の正しいパスフレーズを設定してください。",
  "key-file-public": ({ file }) => `${file} は公開鍵です。秘密鍵を指定してください`,
  "agent-directory-none": ({ source, refusals }) =>
    `${source} に、エージェントを置けるディレクトリがありません：${refusals.join("、")}`,
  "agent-start-failed": ({ text }) => `エージェントが起動しません：${text}`,
  "agent-not-heard": ({ text }) => `エージェントは動作していますが、中間サーバーに接続できません：${text}`,
  "ports-closed": ({ controlPort, dataPort, hosts }) =>
    `移行元から ${hosts.join("、")} のポート ${controlPort} と ${dataPort} に接続できません`,
  "open-ports": () =>
    "移行元の送信側とこのマシンの受信側でこれらのポートを開けるか、移行元から到達できるアドレスを指定してください（ウィザードの「移行先」、コマンドラインでは --advertise）。",

  "findings-block": ({ findings }, { finding }) =>
    `評価で移行を妨げる問題が見つかりました：${findings.map(finding).join("、")}`,
  "disk-too-large": ({ disk, format }) =>
    `${disk} は${format === null ? "移行先" : ` ${format} 形式のイメージ`}の上限より大きいディスクです`,
  "disks-too-many": ({ count }) => `ディスクが ${count} 台あり、移行先の上限を超えています`,
  "disk-gone": ({ disk }) => `これまでの実行でコピーした ${disk} が見つかりません`,
  "disk-resized": ({ disk, actualBytes, plannedBytes }, { format }) =>
    `${disk} の容量が、複製を作成したときの ${format.bytes(plannedBytes)} から ${format.bytes(actualBytes)} に変わっています`,
  "no-fixed-disk": () => "評価では、移行元に固定ディスクが見つかりませんでした",
  "name-the-disks": () => "ディスクを指定してください（コマンドラインでは --disk）。",
  "ranges-differ": ({ count }) => `移行元と複製に、一致しない範囲が ${count} か所あります`,
  "hashes-differ": () => "移行元と複製のツリーハッシュが一致しません",
  "windows-without-virtio": () =>
    "この Windows には virtio ドライバーがなく、計画にもドライバーのフォルダーが指定されていません。このままでは移行先でディスクまたはネットワークを認識できません",
  "did-not-boot": ({ because }, { tell }) => `移行結果が起動しませんでした：${tell(because)}`,
  "no-room-for-images": ({ freeBytes, neededBytes }, { format }) =>
    `イメージを作成する空きがありません。必要：${format.bytes(neededBytes)}、空き：${format.bytes(freeBytes)}`,
  "no-room-at": ({ path, freeBytes, neededBytes }, { format }) =>
    `${path} の空きが足りません。必要：${format.bytes(neededBytes)} と予備、空き：${format.bytes(freeBytes)}`,
  "reserve-reached": ({ path, freeBytes, reserveBytes }, { format }) =>
    `${path} の空きが ${format.bytes(freeBytes)} になり、予備の ${format.bytes(reserveBytes)} を下回りました`,
  "port-in-use": ({ listener, port }) => `ポート ${port}（${listener}）は使用中です`,
  "port-not-allowed": ({ listener, port }) =>
    `このアカウントではポート ${port}（${listener}）を使用できません`,
  "program-absent": ({ program }) => `プログラム ${program} がインストールされていません`,
  "install-packages": ({ command }) => `インストールしてください。Debian の場合：${command}`,
  "check-file": () => "パスと、このアカウントがそのファイルを読めることを確認してください。",
  "conversion-lacks": ({ program }) =>
    `プログラム ${program} がインストールされていないため、ここではディスクを変換できません`,
  "conversion-lacks-kernel": () =>
    "libguestfs に必要なカーネルとモジュールがないため、ここではディスクを変換できません",
  "kernel-unreadable": ({ folder }) =>
    `このユーザーは ${folder} のカーネルを読み取れないため、ここではディスクを変換できません`,
  "appliance-failed": () => "libguestfs の変換環境を起動できませんでした",
  "test-appliance": () =>
    "このユーザーで `libguestfs-test-tool` を実行してください。必要なものは `sma doctor` で確認できます。",
  "no-room-in-boot": () => "initramfs に足りないドライバーを追加する空きが /boot にありません",
  "free-room-in-boot": () =>
    "移行元の /boot を空けてから（古いカーネルの削除など）、同期と変換をやり直してください。",
};
