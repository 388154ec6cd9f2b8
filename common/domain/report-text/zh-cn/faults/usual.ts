import type { usualFaults } from "../../../faults/usual.ts";
import type { RemarkTexts } from "../../remark-texts.ts";
import { windowsFaults } from "./windows.ts";

export const usual: Pick<RemarkTexts, keyof typeof usualFaults> = {
  ...windowsFaults,
  "no-answer": ({ host, port, seconds }) => `${host}:${port} 在 ${seconds} 秒内没有响应`,
  "name-unknown": ({ host }) => `找不到主机名 ${host}`,
  "name-server-silent": ({ host }) => `DNS 服务器没有响应，暂时无法解析主机名 ${host}`,
  "connection-refused": ({ host, port }) => `${host} 的端口 ${port} 拒绝连接`,
  "silent-host": ({ host, port }) => `${host}:${port} 没有响应`,
  "no-route": ({ host }) => `没有到 ${host} 的路由`,
  "closed-at-once": ({ host, port }) => `${host}:${port} 立即关闭了连接`,
  "not-reached": ({ address, text }) => `无法到达 ${address}（${text}）`,
  "handshake-failed": ({ address, text }) => `与 ${address} 的 SSH 握手未能完成（${text}）`,
  "handshake-closed": ({ address }) => `${address} 在 SSH 握手期间关闭了连接`,
  "line-lost": ({ where, text }) => `与 ${where} 的连接已中断（${text}）`,
  "login-refused": ({ who, tried, offered, problems, text }) =>
    [
      `无法以 ${who} 登录`,
      tried.length === 0
        ? offered.length === 0
          ? "服务器不接受任何认证方式"
          : `服务器接受的认证方式为 ${offered.join("、")}，但没有提供相应的凭据`
        : `被拒绝的认证：${tried.join("、")}`,
      ...(text === null ? [] : [`服务器的消息：${text}`]),
      ...(problems.length === 0 ? [] : [`无法使用的密钥：${problems.join("、")}`]),
    ].join("；"),
  "check-user-and-legacy-key": () =>
    "请检查用户和密钥。只支持 SHA-1 签名的服务器（OpenSSH 7.2 之前）须为其启用旧算法，才会接受 RSA 密钥。",
  "host-key-new": ({ host, port, keyType, fingerprint }) =>
    `${host}:${port} 的主机密钥尚未确认：${keyType} ${fingerprint}`,
  "host-key-other": ({ host, port, pinned, keyType, shown }) =>
    `${host}:${port} 的主机密钥已变化：已确认的是 ${pinned}，主机现在出示 ${keyType} ${shown}`,
  "nothing-in-common": ({ address, missing }) => `${address} 与本程序没有共同支持的算法（${missing}）`,
  "update-ssh-server": () => "服务器提供的算法本程序都不支持：请升级其 SSH 服务。",
  "sudo-not-allowed": ({ text }) => `此用户无权使用 sudo：${text}`,
  "allow-sudo": () => "请在 sudoers 中允许此用户，或使用其他账号。",
  "sudo-absent": ({ method }) => `源服务器上没有安装 ${method}`,
  "be-root-or-install": () => "请以 root 登录，或安装它。",
  "sudo-wants-password": () => "sudo 需要密码，但没有提供",
  "give-sudo-password": () => "请提供 sudo 密码，或为此用户允许 NOPASSWD。",
  "password-not-accepted": ({ method }) => `${method} 没有接受该密码`,
  "key-file-closed": ({ file }) => `密钥文件 ${file} 已加密，但没有提供口令`,
  "give-passphrase": () => "请提供该密钥的口令，或将密钥加载到 ssh-agent。",
  "passphrase-wrong": ({ file }) => `密钥文件 ${file} 的口令不正确`,
  "give-right-passphrase": () => "请提供该密钥的正确口令。",
  "key-file-public": ({ file }) => `${file} 是公钥，需要的是私钥`,
  "agent-directory-none": ({ source, refusals }) =>
    `${source} 上没有可以放置代理的目录：${refusals.join("；")}`,
  "agent-start-failed": ({ text }) => `代理无法启动：${text}`,
  "agent-not-heard": ({ text }) => `代理正在运行，但无法连接到中转实例：${text}`,
  "ports-closed": ({ controlPort, dataPort, hosts }) =>
    `源服务器无法连接 ${hosts.join("、")} 的端口 ${controlPort} 和 ${dataPort}`,
  "open-ports": () =>
    "请在源服务器的出方向和本机的入方向放行这些端口，或填写一个源服务器可以访问的地址（向导的“目标”一步；命令行用 --advertise）。",

  "findings-block": ({ findings }, { finding }) =>
    `评估发现了阻碍此次迁移的问题：${findings.map(finding).join("、")}`,
  "disk-too-large": ({ disk, format }) =>
    `${disk} 超过了${format === null ? "目标端" : ` ${format} 镜像`}的大小上限`,
  "disks-too-many": ({ count }) => `共有 ${count} 块磁盘，超过了目标端的上限`,
  "disk-gone": ({ disk }) => `之前的运行复制过的 ${disk} 已不存在`,
  "disk-resized": ({ disk, actualBytes, plannedBytes }, { format }) =>
    `${disk} 的大小已由创建副本时的 ${format.bytes(plannedBytes)} 变为 ${format.bytes(actualBytes)}`,
  "no-fixed-disk": () => "评估没有在源服务器上找到固定磁盘",
  "name-the-disks": () => "请指定磁盘（命令行用 --disk）。",
  "ranges-differ": ({ count }) => `源服务器与副本有 ${count} 处不一致`,
  "hashes-differ": () => "源服务器与副本的树哈希不一致",
  "windows-without-virtio": () =>
    "此 Windows 没有 virtio 驱动，计划中也没有指定驱动所在的文件夹：在目标端将找不到磁盘或网络",
  "did-not-boot": ({ because }, { tell }) => `迁移结果未能启动：${tell(because)}`,
  "no-room-for-images": ({ freeBytes, neededBytes }, { format }) =>
    `没有足够的空间制作镜像：需要 ${format.bytes(neededBytes)}，可用 ${format.bytes(freeBytes)}`,
  "no-room-at": ({ path, freeBytes, neededBytes }, { format }) =>
    `${path} 空间不足：至少需要 ${format.bytes(neededBytes)} 及预留空间，可用 ${format.bytes(freeBytes)}`,
  "reserve-reached": ({ path, freeBytes, reserveBytes }, { format }) =>
    `${path} 只剩 ${format.bytes(freeBytes)}，低于预留的 ${format.bytes(reserveBytes)}`,
  "port-in-use": ({ listener, port }) => `端口 ${port}（${listener}）已被占用`,
  "port-not-allowed": ({ listener, port }) => `此账号无权使用端口 ${port}（${listener}）`,
  "program-absent": ({ program }) => `没有安装程序 ${program}`,
  "install-packages": ({ command }) => `请安装它，在 Debian 上：${command}`,
  "check-file": () => "请检查路径，以及此账号能否读取该文件。",
  "conversion-lacks": ({ program }) => `没有安装程序 ${program}，无法在此转换磁盘`,
  "conversion-lacks-kernel": () => "libguestfs 需要内核及其模块，无法在此转换磁盘",
  "kernel-unreadable": ({ folder }) => `此用户无法读取 ${folder} 中的内核，无法在此转换磁盘`,
  "appliance-failed": () => "libguestfs 无法启动转换环境",
  "test-appliance": () => "请以此用户运行 `libguestfs-test-tool`；`sma doctor` 会说明所需条件。",
  "no-room-in-boot": () => "/boot 没有空间放置 initramfs 缺少的驱动",
  "free-room-in-boot": () => "请在源服务器的 /boot 中腾出空间（例如删除旧内核），然后重新同步和转换。",
};
