import type { cloudFaults } from "../../../faults/cloud.ts";
import type { RemarkTexts } from "../../remark-texts.ts";

export const cloud: Pick<RemarkTexts, keyof typeof cloudFaults> = {
  "upload-to-cloud-stopped": () => "アップロードを中止しました",
  "part-not-arrived": ({ part, host, text }) => `パート ${part} が ${host} に届きませんでした：${text}`,
  "part-altered": ({ part, host }) => `パート ${part} のチェックサムが ${host} で一致しませんでした`,
  "part-not-now": ({ host, part, code }) => `${host} は現在パート ${part} を受け取れません（${code}）`,
  "upload-over": ({ part }) => `パート ${part} のアップロードは終了しています`,
  "resume-begins-anew": () => "再開してください。アップロードは最初から行われます。",
  "part-permission-ended": ({ part, code }) => `パート ${part} を送る許可の期限が切れました（${code}）`,
  "resume-new-permissions": () =>
    "再開してください。新しい許可が作られます。アカウントの一時認証情報が切れている場合は、先に新しいものを設定してください。",
  "part-refused": ({ host, part, code }) => `${host} がパート ${part} を受け付けません（${code}）`,
  "no-cloud-instance": ({ id, region }) => `${region} にインスタンス ${id} はありません`,
  "list-cloud-instances": () => "一覧から選んでください（`sma cloud list instances`）。",
  "account-in-jobs": ({ count, account }, { format }) =>
    `アカウント ${account} を削除できません。未完了のジョブ ${format.integer(count)} 件が使用しています`,
  "account-in-cloud": ({ count, account }, { format }) =>
    `アカウント ${account} を削除できません。クラウドに、これで作成したものが ${format.integer(count)} 件あります`,
  "free-account-first": () =>
    "それらのジョブを完了または中止し、これを使うインスタンスを削除してください。残りは `sma doctor --orphans` で確認できます。",
  "spec-lacks-place": ({ instance }) =>
    `${instance} に、作成に必要なインスタンスタイプ、vSwitch、セキュリティグループがありません`,
  "until-made": ({ what }) => `${what} の作成`,
  "old-image-unrecorded": ({ instance }) => `${instance} の元のシステムディスクのイメージが記録にありません`,
  "until-disk-kept": () => "元のディスクの保存",
  "until-disk-replaced": () => "システムディスクの交換",
  "disk-not-in-cloud": ({ disk }) => `ディスク ${disk} がクラウドにありません`,
  "until-disk-placed": ({ what }) => `${what} の接続`,
  "old-disk-not-kept": () => "元のシステムディスクを保存できませんでした。何も変更していません",
  "image-not-here": ({ path }) => `イメージ ${path} はこのマシンにありません`,
  "disk-image-not-in-cloud": ({ disk }) => `ディスク ${disk} のイメージがクラウドにありません`,
  "nothing-received": ({ disk, instance }) => `${instance} のディスク ${disk} が受け取られていません`,
  "instance-not-in-cloud": ({ id }) => `${id} はクラウドにもうありません`,
  "remove-here-too": () => "こちらでも削除してください（`sma instance remove`）。",
  "until-instance-is": ({ what, state }) => `${what} が ${state} になること`,
  "instance-here-already": ({ id, name }) => `${id} は ${name} として登録済みです`,
  "no-instance-with-disk": ({ id, region }) => `${region} に、システムディスクのある ${id} はありません`,
  "cloud-refused-so": ({ action, text }) => `${action} が拒否されました：${text}`,
  "cloud-names-too-much": ({ action, most }, { format }) =>
    `${action} の結果が ${format.integer(most)} 件を超えています`,
  "dry-run-done": ({ action }) => `${action}：試行のはずが、実行されたという応答が返りました`,
  "cloud-request-stopped": () => "クラウドへの要求を中止しました",
  "endpoint-silent": ({ endpoint, text }) => `${endpoint} が応答しませんでした：${text}`,
  "cloud-reply-field": ({ action, field }) => `${action} への応答を解釈できません：${field}`,
  "no-longer-waiting": ({ what }, { tell }) =>
    `${tell(what)}の待機を中止しました。処理はクラウドで続いています`,
  "until-gone": ({ what }) => `${what} の削除`,
  "several-alike": ({ count, what }) =>
    `クラウドの ${count} 個の ${what} に同じタグがあり、どれがこちらのものか区別できません`,
  "remove-unneeded-in-console": () =>
    "不要なものをクラウドのコンソールで削除してから、もう一度実行してください。",
  "token-ended": ({ account, at }) => `${account} の一時認証情報は ${at} に期限切れになりました`,
  "set-new-token": () =>
    "新しい一時認証情報を取得し、設定または `sma cloud set` で設定してから再開してください。送信済みのものは再送されません。",
  "new-account-wants-secret": () => "新しいアカウントには AccessKey Secret が必要です",
  "other-endpoints-want-secret": () =>
    "エンドポイントを変える場合は、AccessKey Secret をもう一度入力してください",
  "cloud-not-ready": ({ because }, { tell }) => `クラウドの準備ができていません：${tell(because)}`,
  "no-importable-image": () =>
    "クラウドが取り込める形式（qcow2、vhd、raw）のイメージがないディスクがあります",
  "cloud-imports-others": ({ importable, formats }, { format }) =>
    `クラウドが取り込めるのは ${format.list(importable)} です（指定：${format.list(formats)}）`,
  "add-qcow2": () => "形式に qcow2 を追加してください。",
  "image-takes-fewer-disks": ({ count }) => `ディスク ${count} 台は、クラウドのイメージの上限を超えています`,
  "disk-larger-than-cloud": ({ path, size, most }, { format }) =>
    `${path} は ${format.integer(size)} GiB あり、クラウドの上限 ${format.integer(most)} GiB を超えています`,
  "no-such-architecture": ({ architecture }) => `ECS にアーキテクチャ ${architecture} のマシンはありません`,
  "cloud-image-not-made": () => "アップロードしたファイルからイメージを作成できませんでした",
  "see-import-task": () => "ECS コンソールでタスクの理由を確認してから再開してください。",
  "until-imported": () => "イメージの取り込み",
  "object-not-ours": ({ name, size }, { format }) =>
    `${name} は既にあり、このアップロードのものではありません（${format.bytes(size)}）`,
  "part-lost": ({ part }) => `送信済みのパート ${part} がバケットにありません`,
  "object-lost": ({ name }) => `アップロードが完了した ${name} がありません`,
  "cloud-refused": ({ says, code }, { tell }) => `${tell(says)}（${code}）`,
  "cloud-refused-action": ({ says, action, code }, { tell }) => `${tell(says)}：${action}（${code}）`,
};
