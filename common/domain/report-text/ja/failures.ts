import type { FailureTexts } from "../failure-codes.ts";

export const failures: FailureTexts = {
  "input-invalid": { title: "入力の内容が正しくありません", remedy: "示された行と項目を修正してください。" },
  "not-found": {
    title: "ファイルが見つからないか、読み取れません",
    remedy: "パスと読み取り権限を確認してください。",
  },
  "already-exists": {
    title: "同じ名前またはサーバーが重複しています",
    remedy: "重複している一方を削除してください。",
  },
  "bundle-invalid": {
    title: "収集ファイルとして利用できません",
    remedy: "最新の収集スクリプトで収集し直し、ファイル全体をコピーしてください。",
  },
  cancelled: { title: "完了前に中止されました", remedy: "準備ができたら、もう一度開始してください。" },
  "host-unreachable": {
    title: "サーバーに接続できません",
    remedy: "アドレスとポート、サーバーの稼働状況、途中のファイアウォールを確認してください。",
  },
  "host-name-unknown": {
    title: "ホスト名を解決できません",
    remedy: "つづりを確認するか、IP アドレスを使用してください。",
  },
  "connection-lost": {
    title: "接続が切断されました",
    remedy: "ネットワークを確認して、もう一度評価してください。",
  },
  "host-key-unknown": {
    title: "サーバーのホスト鍵がまだ承認されていません",
    remedy: "フィンガープリントをサーバー側の値と照合してから、`--accept-host-key` で承認してください。",
  },
  "host-key-changed": {
    title: "サーバーのホスト鍵が以前と異なります",
    remedy:
      "鍵が変わった理由を調べてください。自分で変更した場合に限り、保存済みの鍵を削除して新しい鍵を承認してください。",
  },
  "authentication-failed": {
    title: "ログインが拒否されました",
    remedy:
      "ユーザー名、パスワードまたは鍵、およびサーバーがこの認証方式を受け付けることを確認してください。",
  },
  "key-unreadable": {
    title: "ログイン用の鍵を読み取れません",
    remedy: "鍵ファイルのパス、形式、パスフレーズを確認してください。",
  },
  "algorithm-mismatch": {
    title: "サーバーと共通の暗号方式がありません",
    remedy:
      "サーバーが古い方式しか提供していません。危険を承知のうえであれば、この移行元で旧方式を有効にしてください。",
  },
  "sudo-failed": {
    title: "root への昇格に失敗しました",
    remedy: "sudo または su のパスワードと、このユーザーが root になれることを確認してください。",
  },
  "root-required": {
    title: "管理者権限が必要です",
    remedy: "root でログインするか、このユーザーに sudo を許可してください。",
  },
  "shell-unusable": {
    title: "アカウントのシェルを利用できません",
    remedy: "通常の POSIX シェルを割り当てるか、別のアカウントを使用してください。",
  },
  "remote-limit-reached": {
    title: "サーバーのセッション数が上限に達しています",
    remedy: "このアカウントの他のリモートセッションを閉じるか、詳細に示された上限を引き上げてください。",
  },
  "command-failed": {
    title: "サーバー上のコマンドが失敗しました",
    remedy: "詳細に示されたコマンドの出力を確認してください。",
  },
  "no-agent-directory": {
    title: "サーバー上にエージェントの配置先がありません",
    remedy:
      "プログラムを実行できるディレクトリ (/var/tmp、/tmp、/root、/run) に約 10 MB の空きを用意してください。",
  },
  "upload-corrupt": {
    title: "サーバーへの転送中にデータが破損しました",
    remedy:
      "もう一度実行してください。繰り返す場合は、回線または移行元のディスクがデータを破損させています。",
  },
  "no-agent-for-platform": {
    title: "このプラットフォーム用のエージェントがありません",
    remedy: "`npm run build:agent` でこのプラットフォーム用のエージェントをビルドしてください。",
  },
  "agent-launch-failed": {
    title: "エージェントを起動できませんでした",
    remedy: "詳細に示されたエージェントのメッセージを確認してください。",
  },
  "agent-blocked": {
    title: "エージェントがブロックされました",
    remedy:
      "移行元のウイルス対策ソフトまたはポリシーで、エージェントのフォルダーを除外してから、もう一度評価してください。",
  },
  "agent-not-running": {
    title: "エージェントが停止しました",
    remedy: "もう一度評価してください。エージェントは改めて起動されます。",
  },
  "peer-not-trusted": {
    title: "相手側の証明書を信頼できません",
    remedy: "証明書を相手側の値と照合し、正しければ承認してから、もう一度評価してください。",
  },
  "certificate-invalid": {
    title: "証明書が有効ではありません",
    remedy: "両方のマシンの時計と証明書の有効期間を確認してください。",
  },
  "protocol-mismatch": { title: "双方のバージョンが一致しません", remedy: "古い側を更新してください。" },
  "protocol-violation": {
    title: "サーバーの応答を解釈できません",
    remedy: "もう一度評価してください。繰り返す場合は、診断ファイルを添えて報告してください。",
  },
  "no-space": {
    title: "空き容量がありません",
    remedy: "詳細に示されたファイルシステムの空き容量を増やしてください。",
  },
  "tool-missing": {
    title: "必要なツールがありません",
    remedy: "示されたツールをインストールしてください。`sma doctor` が正確なコマンドを示します。",
  },
  "vault-locked": { title: "保管庫がロックされています", remedy: "保管庫のパスフレーズを入力してください。" },
  "state-damaged": {
    title: "アシスタントの状態ファイルが破損しています",
    remedy: "状態フォルダーをバックアップから復元するか、別の場所に移して新しく開始してください。",
  },
  "clock-skew": { title: "時計のずれが大きすぎます", remedy: "示されたマシンの時計を合わせてください。" },
  "limit-reached": { title: "上限に達しました", remedy: "不要になったものを先に削除してください。" },
  internal: { title: "アシスタントの不具合です", remedy: "診断ファイルを添えて報告してください。" },
  other: { title: "評価できませんでした", remedy: "詳細を確認してください。" },
};
