import type { windowsRemarks } from "../../../faults/usual.ts";
import type { RemarkTexts } from "../../remark-texts.ts";

/** How to switch WinRM on. */
const enableWinrm = {
  http: "请在服务器上以管理员身份运行：Enable-PSRemoting -Force（Server 2008 R2 及更早版本：winrm quickconfig）。",
  https:
    "请在服务器上以管理员身份运行 Enable-PSRemoting -Force，再创建 HTTPS 侦听器（New-Item WSMan:\\localhost\\Listener -Transport HTTPS -Address * -CertificateThumbPrint …）并在防火墙中开放其端口；也可使用端口 5985，其上的所有消息同样加密。",
} as const;

/** What stands between the assistant and a Windows server, and what helps. */
export const windowsFaults: Pick<RemarkTexts, keyof typeof windowsRemarks> = {
  "winrm-switched-off": ({ scheme }) => enableWinrm[scheme],
  "winrm-silent": ({ scheme }) => `请检查服务器是否在运行、中间是否有防火墙。${enableWinrm[scheme]}`,
  "no-tls": ({ host, port }) => `${host}:${port} 不支持 TLS`,
  "use-tls-port": () => "HTTPS 请使用端口 5986，或为此端口选择 HTTP。",
  "tls-too-old": ({ host }) => `${host} 只提供旧的 TLS 版本、加密算法或密钥`,
  "tls-hangs-up": ({ host, port }) => `${host}:${port} 在 TLS 开始时断开连接`,
  "check-https-listener": () =>
    "请检查服务器的 HTTPS 侦听器是否有带私钥的有效证书（winrm enumerate winrm/config/listener）。",
  "windows-login-refused": () => "服务器拒绝登录",
  "windows-login-over": () => "服务器不再接受此登录",
  "check-windows-login": ({ clockMinutes }) =>
    "请检查用户名（DOMAIN\\user，本地账号用 .\\user，或 user@domain）和密码，并确认该账号是服务器的管理员。" +
    "账号被锁定、禁用或过期，密码过期或必须更改，或不允许在此时间、从此处登录时，也会得到同样的答复。" +
    "具体原因见服务器安全日志中事件 4625（2003 为 529 至 539）的子状态：0xC000006A 密码错误，0xC0000234 已锁定，0xC0000072 已禁用，0xC0000193 已过期，" +
    "0xC0000071 密码过期，0xC0000224 必须更改密码，0xC000006F 时间，0xC0000070 工作站，0xC000015B 从网络登录的权限。" +
    "内置 Administrator 以外的本地账号，须将服务器的 LocalAccountTokenFilterPolicy 设为 1。" +
    (clockMinutes === null ? "" : `服务器的时钟与本机相差 ${clockMinutes} 分钟：请校准，域登录会因此失败。`),
  "clock-apart": ({ minutes }) => `服务器拒绝登录，且其时钟与本机相差 ${minutes} 分钟`,
  "set-clocks": () => "请校准本机和服务器的时钟：相差超过半小时时 NTLM 登录会失败。",
  "winrm-refuses-client": () => "服务器的 WinRM 拒绝此客户端",
  "check-winrm-filters": () => "请检查服务器 WinRM 服务的 IPv4Filter 和 IPv6Filter，以及中间的代理服务器。",
  "not-winrm": () => "该端口有响应，但不是 WinRM",
  "check-winrm-port": () =>
    "请检查端口（HTTP 为 5985，HTTPS 为 5986）以及 WinRM 是否在其上侦听：winrm enumerate winrm/config/listener。",
  "winrm-message-too-large": () => "消息超过服务器接受的大小",
  "raise-envelope-limit": () => "请在服务器上提高上限：Set-Item WSMan:\\localhost\\MaxEnvelopeSizekb 500。",
  "winrm-down": () => "服务器的 WinRM 服务未运行或过载",
  "restart-winrm": () => "请在服务器上启动它：Restart-Service WinRM。",
  "odd-http-status": ({ status }) => `服务器返回 HTTP 状态 ${status}，WinRM 不使用该状态`,
  "check-port-and-proxy": () => "请确认端口属于 WinRM，且中间没有代理服务器。",
  "proxy-answers": ({ status }) => `中间的代理服务器代替服务器作了应答（HTTP ${status}）`,
  "avoid-proxy": () =>
    "请不经代理服务器访问：NTLM 登录无法通过代理。要求先登录的页面（访客网络或过滤器）也会这样应答。",
};
