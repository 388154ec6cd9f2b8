import type { windowsRemarks } from "../../../faults/usual.ts";
import type { RemarkTexts } from "../../remark-texts.ts";

/** How to switch WinRM on. */
const enableWinrm = {
  http: "Run on the server, as an administrator: Enable-PSRemoting -Force (Server 2008 R2 and older: winrm quickconfig).",
  https:
    "Run on the server, as an administrator: Enable-PSRemoting -Force, then give it an HTTPS listener (New-Item WSMan:\\localhost\\Listener -Transport HTTPS -Address * -CertificateThumbPrint …) and open its port in the firewall; or use port 5985, on which all messages are encrypted as well.",
} as const;

/** What stands between the assistant and a Windows server, and what helps. */
export const windowsFaults: Pick<RemarkTexts, keyof typeof windowsRemarks> = {
  "winrm-switched-off": ({ scheme }) => enableWinrm[scheme],
  "winrm-silent": ({ scheme }) =>
    `Check that the server is up and that no firewall is between. ${enableWinrm[scheme]}`,
  "no-tls": ({ host, port }) => `${host}:${port} does not speak TLS`,
  "use-tls-port": () => "Use port 5986 for HTTPS, or choose HTTP for this port.",
  "tls-too-old": ({ host }) => `${host} offers only old TLS versions, ciphers or keys`,
  "tls-hangs-up": ({ host, port }) => `${host}:${port} hangs up when TLS begins`,
  "check-https-listener": () =>
    "Check that the server's HTTPS listener has a valid certificate with its private key (winrm enumerate winrm/config/listener).",
  "windows-login-refused": () => "the server refused the login",
  "windows-login-over": () => "the server no longer accepts this login",
  "check-windows-login": ({ clockMinutes }) =>
    "Check the user name (DOMAIN\\user, .\\user for a local account, or user@domain) and the password, and that the " +
    "account is an administrator of the server. The same answer comes for an account that is locked, disabled or expired, " +
    "whose password has expired or must be changed, or that may not log in at this hour or from here; to strangers Windows " +
    "does not say which. The server's security log does, event 4625 (2003: 529 to 539), sub status: 0xC000006A wrong " +
    "password, 0xC0000234 locked, 0xC0000072 disabled, 0xC0000193 expired, 0xC0000071 password expired, 0xC0000224 " +
    "password must be changed, 0xC000006F hour, 0xC0000070 workstation, 0xC000015B right to log in from the network. " +
    "For a local account other than the built-in Administrator, LocalAccountTokenFilterPolicy must be 1 on the server." +
    (clockMinutes === null
      ? ""
      : ` Its clock is ${clockMinutes} minutes away from this machine's: set it, domain logins fail over that.`),
  "clock-apart": ({ minutes }) =>
    `the server refused the login, and its clock is ${minutes} minutes away from this machine's`,
  "set-clocks": () =>
    "Set the clocks of this machine and of the server: NTLM logins fail when they differ by more than half an hour.",
  "winrm-refuses-client": () => "the server's WinRM refuses this client",
  "check-winrm-filters": () =>
    "Check the IPv4Filter and IPv6Filter of the server's WinRM service, and proxies between.",
  "not-winrm": () => "something answers on the port, but it is not WinRM",
  "check-winrm-port": () =>
    "Check the port (5985 for HTTP, 5986 for HTTPS) and that WinRM listens there: winrm enumerate winrm/config/listener.",
  "winrm-message-too-large": () => "the message is larger than the server takes",
  "raise-envelope-limit": () =>
    "Raise the limit on the server: Set-Item WSMan:\\localhost\\MaxEnvelopeSizekb 500.",
  "winrm-down": () => "the server's WinRM service is not running or overloaded",
  "restart-winrm": () => "Start it on the server: Restart-Service WinRM.",
  "odd-http-status": ({ status }) =>
    `the server answered with HTTP status ${status}, which WinRM does not use`,
  "check-port-and-proxy": () => "Check that the port is WinRM's and that no proxy is between.",
  "proxy-answers": ({ status }) => `a proxy between answers in the server's place (HTTP ${status})`,
  "avoid-proxy": () =>
    "Reach the server without a proxy: NTLM logins do not pass one. A page that wants a login first (of a guest network or a filter) answers like that as well.",
};
