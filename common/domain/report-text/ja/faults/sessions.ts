import type { sessionsFaults } from "../../../faults/sessions.ts";
import type { RemarkTexts } from "../../remark-texts.ts";

export const sessions: Pick<RemarkTexts, keyof typeof sessionsFaults> = {
  "ssh-agent-no-answer": () => "応答がありませんでした",
  "ssh-agent-unusable": ({ socket, because }, { tell }) =>
    `${socket} の ssh-agent から鍵を取得できません：${tell(because)}`,
  "prompt-unanswered": ({ host, prompt }) =>
    `${host} の「${prompt}」という問い合わせに答えられる認証情報が保存されていません`,
  "command-not-begun": ({ source, text }) => `${source} がコマンドの開始を拒否しました：${text}`,
  "command-stopped-early": () => "コマンドは開始前に取り消されました",
  "command-timed-out": ({ name, seconds }) => `${name} が ${seconds} 秒以内に終わりませんでした`,
  "command-stopped": ({ name }) => `${name} を取り消しました`,
  "output-not-kept": ({ name, text }) => `${name} の出力を保存できません：${text}`,
  "output-too-long": ({ name, bytes }, { format }) => `${name} の出力が ${format.bytes(bytes)} を超えました`,
  "input-failed": ({ name, text }) => `${name} への入力に失敗しました：${text}`,
  "no-exit-status": ({ name }) => `${name} が終了ステータスを返さずに終わりました`,
  "broke-off-on-terminal": ({ name }) => `${name} が端末上で途中で終わりました`,
  "shell-ran-nothing": ({ source, text }) =>
    `${source} のログインシェルがコマンドを実行しませんでした。シェルの出力：「${text}」`,
  "connecting-stopped": ({ where }) => `${where} への接続を取り消しました`,
  "sudo-wants-terminal": ({ method, text }) =>
    `${method} は端末を要求しますが、端末を与えても動作しません：${text}`,
  "drop-requiretty": () => "移行元の sudoers に `Defaults:ユーザー名 !requiretty` を追加してください。",
  "elevation-failed": ({ method, text }) => `${method} で root になれませんでした：${text}`,
  "password-expired": ({ who, text }) => `${who} のパスワードは期限切れです：${text}`,
  "stage-too-slow": ({ who, stage, seconds }, { tell }) =>
    `${who} で ${tell(stage)}が ${seconds} 秒以内に終わりませんでした`,
  "stage-login": () => "ログイン",
  "stage-handshake": () => "SSH ハンドシェイク",
  "hung-up-at-host-key": ({ where }) => `${where} のホスト鍵を確認している間に、相手が接続を切断しました`,
  "no-host-key-allowed": ({ where }) => `${where} には、許可されている種類のホスト鍵がありません`,
  "jump-host-hung-up": ({ where }) => `${where} への接続中に、踏み台ホストが接続を切断しました`,
  "no-answer-through": ({ where, seconds }) => `${where} から ${seconds} 秒以内に応答がありませんでした`,
  "jump-host-forbids": ({ where, text }) => `踏み台ホストが ${where} への接続を許可していません：${text}`,
  "allow-forwarding-on-jump-host": () =>
    "踏み台ホストで、このユーザーに TCP 転送（AllowTcpForwarding、PermitOpen）を許可してください。",
  "shell-runs-nothing": ({ source, how, text }, { tell }) =>
    `${source} のログインシェルがコマンドを実行しません（${tell(how)}）。シェルの出力：「${text}」`,
  "shell-silent": () => "時間内に応答なし",
  "shell-cut-off": () => "途中で切断",
  "shell-ended": ({ status }) => `終了ステータス ${status}`,
  "allow-remote-forwarding": () =>
    "移行元で、このユーザーにリモート転送（AllowTcpForwarding）を許可してください。",
  "no-port-opened": ({ text }) => `移行元の SSH サーバーがポートを開きません：${text}`,
  "key-file-absent": ({ file }) => `鍵ファイル ${file} がありません`,
  "key-file-forbidden": ({ file }) => `鍵ファイル ${file} を読む権限がありません`,
  "key-file-unread": ({ file, text }) => `鍵ファイル ${file} を読めません：${text}`,
  "key-format-unknown": ({ file, text }) => `鍵ファイル ${file} は未対応の形式です：${text}`,
  "session-closed": ({ source }) => `${source} とのセッションは閉じられました`,
  "argument-with-nul": () => "引数に NUL 文字が含まれています。どのプログラムにも渡せません",
  "no-program-name": ({ name }) => `「${name}」はプログラム名ではありません`,
  "not-root": ({ source }) => `${source} は root ではなく、root になる方法も設定されていません`,
  "upload-stopped": ({ path }) => `${path} のアップロードを取り消しました`,
  "sftp-failed": ({ text }) => `SFTP でファイルを送れません：${text}`,
  "no-absolute-file": ({ path }) => `「${path}」はファイルの絶対パスではありません`,
  "no-file-mode": ({ mode }) => `${mode} はファイルモードではありません`,
  "arrived-altered": ({ path, because }, { tell }) =>
    `${path} が送信時と同じ内容で届きませんでした：${tell(because)}`,
  "reads-back-differently": () => "読み戻した内容が違います",
  "no-room-on-source": ({ path, filesystem }) =>
    `移行元のファイルシステム ${filesystem} に ${path} を置く空きがありません`,
  "free-room-on-source": () => "移行元の示されたファイルシステムに空き容量を確保してください。",
  "not-written": ({ path, text }) => `${path} に書き込めません：${text}`,
  "line-too-long-for-cmd": () => "コマンドラインが cmd の上限より長くなっています",
  "program-not-started": ({ name, text }) => `${name} を開始できませんでした：${text}`,
  "input-unread": ({ name, text }) => `${name} への入力を読めませんでした：${text}`,
  "shell-answers-nothing": () => "移行元のシェルが簡単な問い合わせに応答しません",
  "no-folder-for-agent": ({ source, refusals }, { format }) =>
    `${source} に、エージェントを置けるフォルダーがありません：${format.list(refusals)}`,
  "free-system-drive": () =>
    "システムドライブに約 10 MB の空きを確保し、C:\\Windows\\Temp または C:\\ProgramData に管理者が書き込めるようにしてください。",
  "agent-does-not-run": ({ status }) => `エージェントが移行元で動作しません（終了コード ${status}）`,
  "agent-does-not-end": ({ directory }) => `${directory} のエージェントが終了しません`,
  "agent-folder-stays": ({ left }, { format }) =>
    `エージェントのフォルダーを削除できませんでした：${format.list(left)}`,
  "agent-lists-no-disks": () => "エージェントが移行元のディスクの一覧を取得できません",
  "powershell-failed": ({ text }) => `移行元の PowerShell が失敗しました：${text}`,
  "agent-removed-by-antivirus": () =>
    "配置したエージェントがなくなりました。移行元のウイルス対策ソフトが削除したと考えられます",
  "exclude-folder": ({ folder }) =>
    `移行の間、移行元のウイルス対策ソフトで ${folder} を除外してから、ジョブを再開してください。`,
  "agent-taken-for-malware": () => "移行元のウイルス対策ソフトが、エージェントをマルウェアと判定しています",
  "agent-forbidden-by-policy": () =>
    "移行元のポリシーが、そのフォルダーでのプログラムの実行を禁止しています（AppLocker、ソフトウェア制限、ウイルス対策）",
  "allow-program": ({ path }) => `${path} をパスまたは署名で許可してから、ジョブを再開してください。`,
  "agent-of-other-processor": () => "エージェントは、この移行元のプロセッサー用ではありません",
  "agent-ended-at-once": ({ status }) =>
    `エージェントは起動直後に何も出力せず終了しました（終了コード ${status}）。移行元の何か（多くはウイルス対策ソフト）が終了させています`,
  "certutil-failed": ({ text }) => `移行元の certutil でエージェントを復号できませんでした：${text}`,
  "arrived-with-other-checksum": ({ path }) => `${path} のチェックサムが送信時と一致しません`,
  "command-line-too-long": ({ length, most }, { format }) =>
    `コマンドラインは ${format.integer(length)} 文字です。Windows の上限は ${format.integer(most)} 文字です`,
  "argument-unusable": ({ what, why }, { tell }) => `${tell(what)}${tell(why)}`,
  "has-nul": () => "に NUL 文字が含まれています",
  "has-quote": () => "に引用符が含まれています",
  "is-no-program-path": () => "は完全なパスでも単純なプログラム名でもありません",
  "has-percent-or-break": () => "に、cmd で渡せないパーセント記号または改行が含まれています",
  "the-program": () => "プログラム",
  "the-argument": ({ index }) => `引数 ${index}`,
  "address-not-ours": ({ host, text }) => `${host} はこのマシンのアドレスではありません：${text}`,
  "remote-shell-answers-nothing": () => "移行元のリモートシェルが簡単な問い合わせに応答しません",
  "try-winrs": () =>
    "サーバーで、このアカウントで `winrs -r:localhost echo %SystemRoot%` が動くことを確認してください。",
  "no-powershell": () => "移行元に Windows PowerShell がインストールされていません",
  "install-powershell": () =>
    "Windows PowerShell 2.0 以降をインストールするか（Server 2003 と 2008 では Windows Management Framework）、収集ファイルを手動で持ち込んでください。",
  "no-plain-path": ({ path }) => `${path} は単純な完全パスではありません`,
  "not-administrator": ({ source }) => `${source} は管理者ではありません`,
  "use-administrator": () =>
    "移行元の Administrators グループのメンバーを使ってください。組み込みの Administrator 以外のローカルアカウントの場合は、移行元で LocalAccountTokenFilterPolicy を 1 にしてください。",
  "no-space-on-source": ({ path }) => `移行元に ${path} を置く空きがありません`,
  "check-folder-and-antivirus": () =>
    "フォルダーがあること、このアカウントで書き込めること、ウイルス対策ソフトや動作中のプログラムがファイルを使用していないことを確認してください。",
  "no-agent-built-for": ({ platform, directory }) =>
    `${directory} に ${platform} 用のエージェントがありません`,
  "no-disk-on-source": ({ path }) => `${path} は移行元のディスクでもファイルでもありません`,
  "disk-size-unread": ({ path, text }) => `${path} のサイズを取得できません：${text}`,
  "disk-empty": ({ path }) => `${path} は空です`,
};
