import type { winrmFaults } from "../../../faults/winrm.ts";
import type { RemarkTexts } from "../../remark-texts.ts";

export const winrm: Pick<RemarkTexts, keyof typeof winrmFaults> = {
  "basic-needs-https": () =>
    "Basic 認証は HTTPS でのみ使えます。HTTP ではパスワードが途中で読み取られるおそれがあります",
  "user-name-too-long": ({ most }, { format }) => `ユーザー名が ${format.integer(most)} 文字を超えています`,
  "user-name-control-character": () => "ユーザー名に制御文字が含まれています",
  "user-name-empty": () => "ユーザー名が空です",
  "user-name-no-domain": () =>
    "ユーザー名のバックスラッシュの前にドメインがありません。ローカルアカウントは .\\user と書いてください",
  "user-name-two-backslashes": () =>
    "ユーザー名にバックスラッシュが 2 つ以上あります。DOMAIN\\user と書いてください",
  "ntlm-challenge-malformed": () => "サーバーの NTLM チャレンジの形式が正しくありません",
  "ntlm-too-weak": ({ missing }, { format }) =>
    `サーバーが 128 ビット暗号化の NTLMv2 を提供していません（不足：${format.list(missing)}）`,
  "allow-ntlmv2": () =>
    "サーバーで 128 ビットのセッションセキュリティの NTLMv2 を許可するか（セキュリティオプション「ネットワーク セキュリティ: LAN Manager 認証レベル」と「NTLM SSP ベースのセッションの最小のセキュリティ」）、HTTPS の WinRM を使ってください。",
  "sealed-answer-unverified": () =>
    "サーバーの暗号化された応答を検証できません。途中で破損または改ざんされたか、応答が失われました",
  "command-stopped-midway": () => "コマンドを取り消しました",
  "output-unwritten": ({ text }) => `コマンドの出力を書き込めませんでした：${text}`,
  "no-certificate-shown": ({ host }) => `${host} が証明書を提示しませんでした`,
  "certificate-other": ({ host, shown, pinned }) =>
    `${host} の証明書（${shown}）が登録済みのもの（${pinned}）と異なります`,
  "find-out-why-certificate": () =>
    "証明書が変わった理由を確認してください。自分で更新した場合に限り、登録済みの証明書を削除して新しいものを承認してください。",
  "certificate-new": ({ host, fingerprint }) => `${host} の証明書はまだ承認されていません：${fingerprint}`,
  "compare-thumbprint": ({ thumbprint }) =>
    `拇印（${thumbprint}）を、サーバーで「winrm enumerate winrm/config/listener」が表示する値と照合してから、承認してください。`,
  "request-stopped": () => "要求を取り消しました",
  "winrm-session-closed": () => "セッションは閉じられています",
  "connecting-given-up": () => "接続を取り消しました",
  "no-winrm-answer": ({ seconds }) => `${seconds} 秒以内に応答がありませんでした`,
  "winrm-answer-too-large": ({ bytes }, { format }) =>
    `サーバーの応答が ${format.bytes(bytes)} を超えています`,
  "winrm-line-lost": ({ because }, { tell }) => `WinRM への接続が切れました：${tell(because)}`,
  "negotiate-without-ntlm": () => "サーバーは Negotiate ログインを提供していますが、NTLM を受け付けません",
  "let-ntlm-pass": () =>
    "サーバーまたはドメインのポリシー（セキュリティオプション「ネットワーク セキュリティ: NTLM を制限する: 着信 NTLM トラフィック」）が禁止しているか、アカウントが Protected Users に属しています。このログインを許可するか、許可されたアカウントを使うか、SSH または HTTPS の Basic 認証を使ってください。",
  "only-credssp": () =>
    "サーバーは CredSSP だけを提供し、Negotiate（NTLM）ログインを提供していません。パスワードそのものを渡す CredSSP には対応していません",
  "no-negotiate": () => "サーバーが Negotiate（NTLM）ログインを提供していません",
  "allow-negotiate": () =>
    "サーバーで許可してください：Set-Item WSMan:\\localhost\\Service\\Auth\\Negotiate $true。ポリシーが NTLM を禁止している場合は、SSH または HTTPS の Basic 認証を使ってください。",
  "winrm-answer-malformed": () => "サーバーの応答の形式が正しくありません",
  "answered-in-the-clear": () => "暗号化した要求にサーバーが平文で応答しました。この応答は受け付けません",
  "may-not-manage": () => "アカウントはログインできますが、サーバーを管理する権限がありません",
  "remote-shell-gone": () =>
    "リモートシェルがなくなりました。長時間使われなかったか、終了されたか、WinRM が再起動されました",
  "try-again-new-shell": () => "もう一度実行してください。新しいシェルが開かれます。",
  "shell-memory-limit": () => "コマンドがリモートシェルのメモリー上限に達しました",
  "raise-shell-memory": () =>
    "サーバーで上限を上げてください：Set-Item WSMan:\\localhost\\Shell\\MaxMemoryPerShellMB 1024（その後 WinRM を再起動）。",
  "server-out-of-memory": () => "サーバー自体のメモリーが不足しています",
  "free-server-memory": () =>
    "メモリーを使っているものを終了するか、ページファイルを拡張してから、もう一度実行してください。",
  "winrm-limit-reached": ({ limit }, { tell }) => `サーバーの${tell(limit)}が上限に達しています`,
  "raise-winrm-limit": ({ setting }) =>
    `このアカウントのほかのリモートセッションを閉じるか、WinRM を再起動するか、サーバーで ${setting} を上げてください。`,
  "limit-shells": () => "ユーザーごとのリモートシェル数",
  "limit-shell-users": () => "リモートシェルを使うユーザー数",
  "limit-operations": () => "ユーザーごとのリモート操作数",
  "limit-commands": () => "リモートシェルごとのコマンド数",
  "limit-requests": () => "一定時間内のリモート要求数",
  "server-shutting-down": () => "サーバーがシャットダウンしています",
  "try-again-when-up": () => "サーバーが起動してから、もう一度実行してください。",
  "remote-shells-forbidden": () => "サーバーがリモートシェルを許可していません",
  "program-not-on-server": () => "プログラムがサーバーにありません",
  "check-program-path": () =>
    "サーバーでプログラムのパスを確認してください。ウイルス対策ソフトが削除した可能性があります。",
  "line-too-long-for-windows": () => "コマンドラインが Windows の上限より長くなっています",
  "report-defect": () => "不具合です。診断バンドルを添えて報告してください。",
  "winrm-could-not": ({ doing, because }, { tell }) =>
    `${tell(doing)}ことができませんでした：${tell(because)}`,
  "no-soap-envelope": () => "サーバーの応答が SOAP エンベロープではありません",
  "answered-other-request": () => "サーバーが別の要求への応答を返しました",
  "winrm-answer-empty": () => "サーバーの応答が空です",
  "xml-malformed": ({ position }) => `サーバーの応答の XML が壊れています（${position} 文字目）`,
  "control-character-for-winrm": ({ name }) => `${name} に、WinRM で送れない制御文字が含まれています`,
  "use-server-administrators": () =>
    "サーバーの Administrators グループのメンバーを使ってください。組み込みの Administrator 以外のローカルアカウントの場合は、サーバーで次を実行してください：reg add HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System /v LocalAccountTokenFilterPolicy /t REG_DWORD /d 1 /f",
  "allow-remote-shells": () =>
    "サーバーで許可してください：Set-Item WSMan:\\localhost\\Shell\\AllowRemoteShellAccess $true、またはポリシー「リモート シェル アクセスを許可する」。",
  "no-reason-given": () => "理由は示されていません",
  "reading-output": () => "コマンドの出力を読む",
  "winrm-line-closed": () => "接続が閉じられました",
  "doing-open-shell": () => "リモートシェルを開く",
  "doing-close-shell": () => "リモートシェルを閉じる",
  "doing-send-input": () => "コマンドに入力を送る",
  "doing-end-command": () => "コマンドを終了する",
  "doing-start-command": () => "コマンドを開始する",
  "doing-read-configuration": () => "WinRM の設定を読む",
};
