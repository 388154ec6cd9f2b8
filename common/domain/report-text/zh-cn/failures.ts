import type { FailureTexts } from "../failure-codes.ts";

export const failures: FailureTexts = {
  "input-invalid": { title: "输入内容不符合要求", remedy: "请更正所指出的行和字段。" },
  "not-found": { title: "找不到文件或无法读取", remedy: "请检查路径以及读取权限。" },
  "already-exists": { title: "名称或服务器重复", remedy: "请删除重复的其中一项。" },
  "bundle-invalid": { title: "不是可用的采集包", remedy: "请用最新的采集脚本重新采集，并完整复制文件。" },
  cancelled: { title: "在完成前被停止", remedy: "准备好后请重新开始。" },
  "host-unreachable": {
    title: "无法连接到服务器",
    remedy: "请检查地址和端口、服务器是否在运行，以及途中有无防火墙阻拦。",
  },
  "host-name-unknown": { title: "无法解析主机名", remedy: "请检查拼写，或改用 IP 地址。" },
  "connection-lost": { title: "连接中断", remedy: "请检查网络，然后重新评估。" },
  "host-key-unknown": {
    title: "尚未接受服务器的主机密钥",
    remedy: "请将指纹与服务器上的进行比对，然后用 `--accept-host-key` 接受。",
  },
  "host-key-changed": {
    title: "服务器出示的主机密钥与以前不同",
    remedy: "请查明密钥改变的原因。只有确认是自己所做的更改时，才删除已保存的密钥并接受新密钥。",
  },
  "authentication-failed": {
    title: "登录被拒绝",
    remedy: "请检查用户名、密码或密钥，以及服务器是否接受这种登录方式。",
  },
  "key-unreadable": { title: "无法读取登录密钥", remedy: "请检查密钥文件的路径、格式和口令。" },
  "algorithm-mismatch": {
    title: "与服务器没有共同的加密算法",
    remedy: "服务器只提供旧算法：如果接受其风险，请为该源启用旧算法。",
  },
  "sudo-failed": {
    title: "切换到 root 失败",
    remedy: "请检查 sudo 或 su 的密码，以及该用户是否可以成为 root。",
  },
  "root-required": { title: "缺少管理员权限", remedy: "请以 root 登录，或允许该用户使用 sudo。" },
  "shell-unusable": {
    title: "该账户的 shell 无法使用",
    remedy: "请为该用户设置普通的 POSIX shell，或使用其他账户。",
  },
  "remote-limit-reached": {
    title: "服务器的会话数已达上限",
    remedy: "请关闭该账户的其他远程会话，或提高详细信息中所指的上限。",
  },
  "command-failed": { title: "服务器上的命令执行失败", remedy: "请查看详细信息中的命令输出。" },
  "no-agent-directory": {
    title: "服务器上没有可放置代理程序的目录",
    remedy: "请在允许运行程序的目录（/var/tmp、/tmp、/root 或 /run）中腾出约 10 MB 空间。",
  },
  "upload-corrupt": {
    title: "传输到服务器的数据已损坏",
    remedy: "请重试；如果仍然出现，说明线路或源的磁盘会损坏数据。",
  },
  "no-agent-for-platform": {
    title: "没有适用于该平台的代理程序",
    remedy: "请用 `npm run build:agent` 为该平台构建代理程序。",
  },
  "agent-launch-failed": { title: "代理程序无法启动", remedy: "请查看详细信息中代理程序的消息。" },
  "agent-blocked": {
    title: "代理程序被拦截",
    remedy: "请在源的杀毒软件或策略中排除代理程序的文件夹，然后重新评估。",
  },
  "agent-not-running": { title: "代理程序已停止", remedy: "请重新评估：代理程序会再次启动。" },
  "peer-not-trusted": {
    title: "对方的证书不受信任",
    remedy: "请与对方的证书进行比对，确认无误并接受后重新评估。",
  },
  "certificate-invalid": { title: "证书无效", remedy: "请检查两台机器的时钟以及证书的有效期。" },
  "protocol-mismatch": { title: "双方版本不一致", remedy: "请更新较旧的一方。" },
  "protocol-violation": {
    title: "无法理解服务器的应答",
    remedy: "请重新评估；如果仍然出现，请附上诊断包进行报告。",
  },
  "no-space": { title: "空间不足", remedy: "请在详细信息所指的文件系统上腾出空间。" },
  "tool-missing": { title: "缺少所需工具", remedy: "请安装所指的工具；`sma doctor` 会给出准确的命令。" },
  "vault-locked": { title: "保管库已锁定", remedy: "请输入保管库的口令。" },
  "state-damaged": {
    title: "助手自身的文件已损坏",
    remedy: "请从备份恢复状态文件夹，或将其移走后重新开始。",
  },
  "clock-skew": { title: "时钟相差过大", remedy: "请校正所指机器的时钟。" },
  "limit-reached": { title: "已达上限", remedy: "请先删除不再需要的内容。" },
  internal: { title: "助手出现缺陷", remedy: "请附上诊断包进行报告。" },
  other: { title: "无法评估", remedy: "请查看详细信息。" },
};
