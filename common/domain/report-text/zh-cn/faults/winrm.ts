import type { winrmFaults } from "../../../faults/winrm.ts";
import type { RemarkTexts } from "../../remark-texts.ts";

export const winrm: Pick<RemarkTexts, keyof typeof winrmFaults> = {
  "basic-needs-https": () => "Basic 登录只能用于 HTTPS：通过 HTTP 时密码可能在途中被读取",
  "user-name-too-long": ({ most }, { format }) => `用户名超过了 ${format.integer(most)} 个字符`,
  "user-name-control-character": () => "用户名中含有控制字符",
  "user-name-empty": () => "用户名为空",
  "user-name-no-domain": () => "用户名的反斜杠之前没有域；本地账号请写成 .\\user",
  "user-name-two-backslashes": () => "用户名中有多个反斜杠；请写成 DOMAIN\\user",
  "ntlm-challenge-malformed": () => "服务器的 NTLM 质询格式不正确",
  "ntlm-too-weak": ({ missing }, { format }) =>
    `服务器不提供 128 位加密的 NTLMv2（缺少：${format.list(missing)}）`,
  "allow-ntlmv2": () =>
    "请在服务器上允许 128 位会话安全的 NTLMv2（安全选项“网络安全: LAN 管理器身份验证级别”和“基于 NTLM SSP 的最小会话安全”），或通过 HTTPS 使用 WinRM。",
  "sealed-answer-unverified": () => "无法验证服务器的加密应答：它在途中被损坏或篡改，或者有应答丢失",
  "command-stopped-midway": () => "命令已取消",
  "output-unwritten": ({ text }) => `无法写入命令的输出：${text}`,
  "no-certificate-shown": ({ host }) => `${host} 没有出示证书`,
  "certificate-other": ({ host, shown, pinned }) =>
    `${host} 出示的证书（${shown}）与已确认的证书（${pinned}）不同`,
  "find-out-why-certificate": () =>
    "请查明证书变化的原因。只有在您自己更换（例如续期）的情况下，才可删除已确认的证书并接受新证书。",
  "certificate-new": ({ host, fingerprint }) => `${host} 的证书尚未确认：${fingerprint}`,
  "compare-thumbprint": ({ thumbprint }) =>
    `请将其指纹（${thumbprint}）与服务器上“winrm enumerate winrm/config/listener”显示的值进行比对，然后接受它。`,
  "request-stopped": () => "请求已取消",
  "winrm-session-closed": () => "会话已关闭",
  "connecting-given-up": () => "已取消连接",
  "no-winrm-answer": ({ seconds }) => `${seconds} 秒内没有响应`,
  "winrm-answer-too-large": ({ bytes }, { format }) => `服务器的应答超过了 ${format.bytes(bytes)}`,
  "winrm-line-lost": ({ because }, { tell }) => `与 WinRM 的连接已中断：${tell(because)}`,
  "negotiate-without-ntlm": () => "服务器提供 Negotiate 登录，但其中不接受 NTLM",
  "let-ntlm-pass": () =>
    "服务器或其域中的策略禁止 NTLM（安全选项“网络安全: 限制 NTLM: 传入 NTLM 流量”），或者该账号属于 Protected Users。请允许此登录，换用有权限的账号，或使用 SSH 或 HTTPS 上的 Basic。",
  "only-credssp": () => "服务器只提供 CredSSP，不提供 Negotiate（NTLM）登录；CredSSP 会交出密码，此处不支持",
  "no-negotiate": () => "服务器不提供 Negotiate（NTLM）登录",
  "allow-negotiate": () =>
    "请在服务器上允许：Set-Item WSMan:\\localhost\\Service\\Auth\\Negotiate $true。若策略禁止 NTLM，请使用 SSH 或 HTTPS 上的 Basic。",
  "winrm-answer-malformed": () => "服务器的应答格式不正确",
  "answered-in-the-clear": () => "服务器以明文应答了加密的请求，此应答不被接受",
  "may-not-manage": () => "该账号可以登录，但无权管理服务器",
  "remote-shell-gone": () => "远程 shell 已不存在：空闲过久，或被结束，或 WinRM 已重启",
  "try-again-new-shell": () => "请重试：会打开新的 shell。",
  "shell-memory-limit": () => "命令达到了远程 shell 的内存上限",
  "raise-shell-memory": () =>
    "请在服务器上提高上限：Set-Item WSMan:\\localhost\\Shell\\MaxMemoryPerShellMB 1024（并重启 WinRM）。",
  "server-out-of-memory": () => "服务器本身内存不足",
  "free-server-memory": () => "请结束占用内存的程序，或增大页面文件，然后重试。",
  "winrm-limit-reached": ({ limit }, { tell }) => `服务器的${tell(limit)}已达上限`,
  "raise-winrm-limit": ({ setting }) =>
    `请关闭此账号的其他远程会话，重启 WinRM，或在服务器上提高 ${setting}。`,
  "limit-shells": () => "每个用户的远程 shell 数",
  "limit-shell-users": () => "使用远程 shell 的用户数",
  "limit-operations": () => "每个用户的远程操作数",
  "limit-commands": () => "每个远程 shell 的命令数",
  "limit-requests": () => "一段时间内的远程请求数",
  "server-shutting-down": () => "服务器正在关机",
  "try-again-when-up": () => "请在服务器启动后重试。",
  "remote-shells-forbidden": () => "服务器不允许远程 shell",
  "program-not-on-server": () => "服务器上没有该程序",
  "check-program-path": () => "请在服务器上检查程序的路径；可能已被杀毒软件删除。",
  "line-too-long-for-windows": () => "命令行超过了 Windows 的长度上限",
  "report-defect": () => "这是一个缺陷：请附上诊断包进行报告。",
  "winrm-could-not": ({ doing, because }, { tell }) => `无法${tell(doing)}：${tell(because)}`,
  "no-soap-envelope": () => "服务器的应答不是 SOAP 信封",
  "answered-other-request": () => "服务器应答的是另一个请求",
  "winrm-answer-empty": () => "服务器的应答为空",
  "xml-malformed": ({ position }) => `服务器应答的 XML 格式不正确（第 ${position} 个字符）`,
  "control-character-for-winrm": ({ name }) => `${name} 中含有 WinRM 无法传送的控制字符`,
  "use-server-administrators": () =>
    "请使用服务器 Administrators 组的成员。若是内置 Administrator 以外的本地账号，请在服务器上运行：reg add HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System /v LocalAccountTokenFilterPolicy /t REG_DWORD /d 1 /f",
  "allow-remote-shells": () =>
    "请在服务器上允许：Set-Item WSMan:\\localhost\\Shell\\AllowRemoteShellAccess $true，或启用策略“允许远程 Shell 访问”。",
  "no-reason-given": () => "没有给出原因",
  "reading-output": () => "读取命令的输出",
  "winrm-line-closed": () => "连接已关闭",
  "doing-open-shell": () => "打开远程 shell",
  "doing-close-shell": () => "关闭远程 shell",
  "doing-send-input": () => "向命令发送输入",
  "doing-end-command": () => "结束命令",
  "doing-start-command": () => "启动命令",
  "doing-read-configuration": () => "读取 WinRM 配置",
};
