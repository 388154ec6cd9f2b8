import type { cloudErrorsFaults } from "../../../faults/cloud-errors.ts";
import type { RemarkTexts } from "../../remark-texts.ts";

export const cloudErrors: Pick<RemarkTexts, keyof typeof cloudErrorsFaults> = {
  "access-key-unknown": () => "クラウドにこの AccessKey ID がありません",
  "check-access-key": () =>
    "RAM コンソールで AccessKey ID を確認し、設定または `sma cloud set` で設定し直してください。",
  "access-key-disabled": () => "AccessKey が無効になっています",
  "enable-access-key": () =>
    "RAM コンソールでキーを有効にするか、設定または `sma cloud set` で別のキーを設定してください。",
  "credentials-ended": () => "一時認証情報の期限が切れたか、組み合わせが正しくありません",
  "renew-credentials": () =>
    "新しい一時認証情報を取得し、キーとトークンを設定し直してから（設定または `sma cloud set`）再開してください。送信済みのものは再送されません。",
  "secret-other": () => "署名が一致しません。AccessKey Secret が違います",
  "set-secret-again": () => "設定または `sma cloud set` で、AccessKey Secret を設定し直してください。",
  "clock-off-cloud": () => "このマシンの時計がクラウドと 15 分以上ずれています",
  "set-own-clock": () => "このマシンの時計を合わせてください。",
  "may-not-create-paid": () => "この RAM ユーザーには、有料リソースを作成する権限がありません",
  "use-account-key": () =>
    "アカウント自体のキーを使うか、RAM ユーザーにインスタンスとディスクの作成を許可してください。サービス提供者のアカウントでは許可されないことが多く、その場合はクラウドのサポートに依頼してください。",
  "ecs-may-not-read-bucket": () => "ECS にバケットを読む権限がありません",
  "give-import-role": () =>
    "ECS コンソールの「イメージ」→「イメージのインポート」→「権限付与」で、ECS にロール AliyunECSImageImportDefaultRole を一度付与してください。",
  "ecs-may-not-read-file": () => "ECS にアップロードしたファイルを読む権限がありません",
  "let-role-read-bucket": () =>
    "ロール AliyunECSImageImportDefaultRole にバケットの読み取りを許可し、それを拒否するバケットポリシーを削除してください。",
  "permission-lacking": () => "認証情報に権限がありません",
  "let-user-do-named": () =>
    "RAM ユーザーに示された操作を許可してください。不足しているものは `sma cloud check` で確認できます。",
  "balance-lacking": () => "アカウントの残高または支払い方法が不足しています",
  "top-up": () => "残高を補充するか支払い方法を確認してから再開してください。失われるものはありません。",
  "not-verified": () => "アカウントの本人確認が済んでいません",
  "finish-verification": () => "アカウントのコンソールで完了してから再開してください。",
  "too-many-cloud-requests": () => "クラウドが一時的に要求を受け付けません",
  "resume-later-others-call": () =>
    "後で再開してください。このアカウントのほかのプログラムも要求している可能性があります。",
  "images-full": () => "カスタムイメージの数がアカウントの上限に達しています",
  "delete-images": () => "不要なイメージを削除するか、クォータセンターで上限の引き上げを申請してください。",
  "snapshots-full": () => "ディスクのスナップショット数が上限に達しています",
  "delete-snapshots": () => "不要なスナップショットを削除してください。",
  "quota-used-up": () => "アカウントのクォータを使い切りました",
  "free-quota": () => "不要なものを削除するか、クォータセンターで上限の引き上げを申請してください。",
  "no-stock": () => "ゾーンに、このインスタンスタイプまたはディスクカテゴリの在庫がありません",
  "choose-other-type-or-zone": () =>
    "別のインスタンスタイプ、ディスクカテゴリ、または別のゾーンの vSwitch を選んでください。",
  "image-name-taken": () => "このリージョンに同じ名前のイメージがあります",
  "rename-image": () => "そのイメージの名前を変えるか削除してから再開してください。",
  "bucket-absent": () => "このリージョンにその OSS バケットはありません",
  "choose-bucket-in-region": () =>
    "移行先と同じリージョンのバケットを選んでください（`sma cloud list buckets`）。",
  "file-left-bucket": () => "アップロードしたファイルがバケットにありません",
  "see-who-removes-file": () =>
    "ライフサイクルルールやほかの人が削除しないようにしてから再開してください。もう一度アップロードされます。",
  "upload-ended-by-other": () => "アップロードが外部から終了されました",
  "see-who-ends-uploads": () =>
    "バケットのライフサイクルルールが未完了のアップロードを早く終了しないようにしてから再開してください。",
  "platform-not-taken": () => "このプラットフォーム、アーキテクチャ、起動モードはクラウドで使えません",
  "see-what-ecs-takes": () => "ECS で使えるものは docs/CLOUD.md を参照してください。",
  "size-or-format-not-taken": () => "このサイズまたは形式のイメージはクラウドで使えません",
  "choose-smaller-layout": () =>
    "ディスクの構成を小さくするか（ファイル単位の複製）、別のディスクカテゴリを選んでください。",
  "other-operation-runs": () => "リソースで別の操作が進行中です",
  "wait-for-operation": () => "その操作が終わってから続けてください。",
  "request-with-other-parameters": () => "同じ要求が、以前に別の内容で行われています",
  "report-with-diagnostics": () => "診断バンドルを添えて報告してください。",
  "locked-for-security": () =>
    "セキュリティ上の理由で、クラウドがインスタンスまたはディスクをロックしています",
  "have-lock-lifted": () => "コンソールで理由を確認し、ロックを解除してもらってから続けてください。",
  "protected-from-deletion": () => "インスタンスは削除保護されています",
  "lift-protection": () => "コンソールで保護を解除してから続けてください。",
  "region-unknown": () => "アカウントにこのリージョンはありません",
  "choose-region": () => "一覧から選んでください（`sma cloud list regions`）。",
  "named-thing-absent": () => "要求が指すものがありません",
  "see-whether-removed": () =>
    "削除されていないかコンソールで確認してください。現在あるものは `sma cloud list` で確認できます。",
  "cloud-fault": () => "クラウド側で障害が発生しています",
  "resume-after-fault": () => "後で再開してください。障害の状況はクラウドのステータスページで確認できます。",
};
