import type { windowsRemarks } from "../../../faults/usual.ts";
import type { RemarkTexts } from "../../remark-texts.ts";

/** How to switch WinRM on. */
const enableWinrm = {
  http: "サーバーで管理者として実行してください：Enable-PSRemoting -Force（Server 2008 R2 以前は winrm quickconfig）。",
  https:
    "サーバーで管理者として Enable-PSRemoting -Force を実行し、HTTPS リスナーを作成して（New-Item WSMan:\\localhost\\Listener -Transport HTTPS -Address * -CertificateThumbPrint …）ファイアウォールでそのポートを開けてください。または、同じくすべてのメッセージが暗号化されるポート 5985 を使ってください。",
} as const;

/** What stands between the assistant and a Windows server, and what helps. */
export const windowsFaults: Pick<RemarkTexts, keyof typeof windowsRemarks> = {
  "winrm-switched-off": ({ scheme }) => enableWinrm[scheme],
  "winrm-silent": ({ scheme }) =>
    `サーバーが稼働していること、途中にファイアウォールがないことを確認してください。${enableWinrm[scheme]}`,
  "no-tls": ({ host, port }) => `${host}:${port} は TLS に対応していません`,
  "use-tls-port": () => "HTTPS にはポート 5986 を使うか、このポートでは HTTP を選択してください。",
  "tls-too-old": ({ host }) => `${host} は古い TLS のバージョン、暗号、鍵にしか対応していません`,
  "tls-hangs-up": ({ host, port }) => `${host}:${port} が TLS の開始時に切断します`,
  "check-https-listener": () =>
    "サーバーの HTTPS リスナーに、秘密鍵のある有効な証明書が設定されているか確認してください（winrm enumerate winrm/config/listener）。",
  "windows-login-refused": () => "サーバーがログインを拒否しました",
  "windows-login-over": () => "サーバーがこのログインを受け付けなくなりました",
  "check-windows-login": ({ clockMinutes }) =>
    "ユーザー名（DOMAIN\\user、ローカルアカウントは .\\user、または user@domain）とパスワード、およびアカウントがサーバーの管理者であることを確認してください。" +
    "アカウントがロック・無効・期限切れの場合、パスワードが期限切れまたは変更が必要な場合、この時刻やこの場所からのログインが許可されていない場合も、同じ応答になります。" +
    "どれに当たるかは、サーバーのセキュリティログのイベント 4625（2003 では 529～539）のサブステータスで分かります：0xC000006A パスワードの誤り、0xC0000234 ロック、0xC0000072 無効、0xC0000193 期限切れ、" +
    "0xC0000071 パスワードの期限切れ、0xC0000224 パスワードの変更が必要、0xC000006F 時刻、0xC0000070 ワークステーション、0xC000015B ネットワークからのログオン権限。" +
    "組み込みの Administrator 以外のローカルアカウントでは、サーバーの LocalAccountTokenFilterPolicy を 1 にする必要があります。" +
    (clockMinutes === null
      ? ""
      : `サーバーの時計はこのマシンと ${clockMinutes} 分ずれています。ドメインのログインはこれで失敗するため、時計を合わせてください。`),
  "clock-apart": ({ minutes }) =>
    `サーバーがログインを拒否しました。サーバーの時計はこのマシンと ${minutes} 分ずれています`,
  "set-clocks": () =>
    "このマシンとサーバーの時計を合わせてください。30 分を超えてずれていると NTLM のログインは失敗します。",
  "winrm-refuses-client": () => "サーバーの WinRM がこのクライアントを拒否しています",
  "check-winrm-filters": () =>
    "サーバーの WinRM サービスの IPv4Filter と IPv6Filter、および途中のプロキシを確認してください。",
  "not-winrm": () => "このポートで応答しているのは WinRM ではありません",
  "check-winrm-port": () =>
    "ポート（HTTP は 5985、HTTPS は 5986）と、WinRM がそこで待ち受けているかを確認してください：winrm enumerate winrm/config/listener。",
  "winrm-message-too-large": () => "メッセージがサーバーの上限を超えています",
  "raise-envelope-limit": () =>
    "サーバーで上限を上げてください：Set-Item WSMan:\\localhost\\MaxEnvelopeSizekb 500。",
  "winrm-down": () => "サーバーの WinRM サービスが停止しているか、過負荷です",
  "restart-winrm": () => "サーバーで開始してください：Restart-Service WinRM。",
  "odd-http-status": ({ status }) => `WinRM が使わない HTTP ステータス ${status} が返されました`,
  "check-port-and-proxy": () =>
    "ポートが WinRM のものであること、途中にプロキシがないことを確認してください。",
  "proxy-answers": ({ status }) => `途中のプロキシがサーバーの代わりに応答しています（HTTP ${status}）`,
  "avoid-proxy": () =>
    "プロキシを経由せずに接続してください。NTLM のログインはプロキシを通れません。ログインを求めるページ（ゲストネットワークやフィルター）も同じように応答します。",
};
