import type { FailureTexts } from "../failure-texts.ts";

export const failures: FailureTexts = {
  "input-invalid": { title: "输入内容不符合要求", remedy: "请更正所指出的行和字段。" },
  "not-found": {
    title: "未找到",
    remedy: "请在列表中确认现有内容并使用其名称。",
    assessing: { title: "找不到文件或无法读取", remedy: "请检查路径以及读取权限。" },
  },
  "already-exists": {
    title: "已存在",
    remedy: "请使用其他名称，或先删除现有的。",
    assessing: { title: "名称或服务器重复", remedy: "请删除重复的其中一项。" },
  },
  cancelled: { title: "在完成前被停止", remedy: "准备好后请重新开始。" },
  "host-unreachable": {
    title: "无法连接到服务器",
    remedy: "请检查地址和端口、服务器是否在运行，以及途中有无防火墙阻拦。",
  },
  "host-name-unknown": { title: "无法解析主机名", remedy: "请检查拼写，或改用 IP 地址。" },
  "connection-lost": {
    title: "连接中断",
    remedy: "请检查网络；任务会从中断处继续。",
    assessing: { title: "连接中断", remedy: "请检查网络，然后重新评估。" },
  },
  "host-key-unknown": {
    title: "尚未接受服务器的主机密钥",
    remedy: "请测试该源服务器的连接，与服务器自身的指纹核对后再接受。",
    assessing: {
      title: "尚未接受服务器的主机密钥",
      remedy: "请将指纹与服务器上的进行比对，然后用 `--accept-host-key` 接受。",
    },
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
    remedy: "服务器只提供旧算法：如果接受其风险，请为该源服务器启用旧算法。",
  },
  "sudo-failed": {
    title: "切换到 root 失败",
    remedy: "请检查 sudo 或 su 的密码，以及该用户是否可以成为 root。",
  },
  "root-required": { title: "缺少管理员权限", remedy: "请以 root 登录，或允许该用户使用 sudo。" },
  "shell-unusable": {
    title: "该账号的 shell 无法使用",
    remedy: "请为该用户设置普通的 POSIX shell，或使用其他账号。",
  },
  "remote-limit-reached": {
    title: "服务器的会话数已达上限",
    remedy: "请关闭该账号的其他远程会话，或提高详细信息中所指的上限。",
  },
  "command-failed": { title: "服务器上的命令执行失败", remedy: "请查看详细信息中的命令输出。" },
  "no-agent-directory": {
    title: "服务器上没有可放置代理程序的目录",
    remedy: "请在允许运行程序的目录（/var/tmp、/tmp、/root 或 /run）中腾出约 10 MB 空间。",
  },
  "upload-corrupt": {
    title: "传输到服务器的数据已损坏",
    remedy: "请重试；如果仍然出现，说明线路或源服务器的磁盘会损坏数据。",
  },
  "no-agent-for-platform": {
    title: "没有适用于该平台的代理程序",
    remedy: "请用 `npm run build:agent` 为该平台构建代理程序。",
  },
  "agent-launch-failed": {
    title: "代理无法启动",
    remedy: "请查看详细信息中代理的消息。",
    assessing: { title: "代理程序无法启动", remedy: "请查看详细信息中代理程序的消息。" },
  },
  "agent-blocked": {
    title: "代理被拦截",
    remedy: "请在源服务器的杀毒软件或策略中排除代理的文件夹，然后继续任务。",
    assessing: {
      title: "代理程序被拦截",
      remedy: "请在源服务器的杀毒软件或策略中排除代理程序的文件夹，然后重新评估。",
    },
  },
  "agent-not-running": {
    title: "代理已停止",
    remedy: "请继续任务：代理会再次启动并继续。",
    assessing: { title: "代理程序已停止", remedy: "请重新评估：代理程序会再次启动。" },
  },
  "protocol-mismatch": { title: "双方版本不一致", remedy: "请更新较旧的一方。" },
  "protocol-violation": {
    title: "对方未遵守协议",
    remedy: "请继续任务；如果仍然出现，请附上诊断包进行报告。",
    assessing: { title: "无法理解服务器的应答", remedy: "请重新评估；如果仍然出现，请附上诊断包进行报告。" },
  },
  "peer-not-trusted": {
    title: "对方不受信任",
    remedy: "对方出示的证书不属于此任务。请重新创建任务以签发新证书。",
    assessing: { title: "对方的证书不受信任", remedy: "请与对方的证书进行比对，确认无误并接受后重新评估。" },
  },
  "certificate-invalid": {
    title: "证书无效",
    remedy: "请检查两台机器的时钟，然后继续任务以签发新证书。",
    assessing: { title: "证书无效", remedy: "请检查两台机器的时钟以及证书的有效期。" },
  },
  "port-in-use": { title: "端口已被占用", remedy: "请停止占用该端口的程序，或在任务页面选择其他端口。" },
  "intermediate-unreachable": {
    title: "无法访问中转实例",
    remedy: "请确认中转实例正在运行，且 8080 和 8703 端口允许入站。",
  },
  "intermediate-failed": { title: "中转实例出错", remedy: "请查看中转实例的日志，然后继续任务。" },
  "agent-silent": {
    title: "代理没有响应",
    remedy: "请确认源服务器能够访问中转实例的 8080 和 8703 端口，然后继续任务。",
  },
  "source-disk-missing": {
    title: "源服务器的磁盘不见了",
    remedy: "请确认源服务器现有的磁盘，并重新规划任务。",
  },
  "source-disk-changed": {
    title: "源服务器的磁盘大小已改变",
    remedy: "磁盘大小在规划之后发生了变化：请为其新建任务。",
  },
  "source-read-error": {
    title: "源服务器的磁盘有部分无法读取",
    remedy: "请检查源服务器的磁盘（SMART、内核日志），或允许任务在无法读取处继续。",
  },
  "no-space": {
    title: "空间不足",
    remedy: "请在所指的文件系统上腾出空间，或选择其他文件夹，然后继续任务。",
    assessing: { title: "空间不足", remedy: "请在详细信息所指的文件系统上腾出空间。" },
  },
  "storage-failed": { title: "中转实例无法写入", remedy: "请检查中转实例的磁盘及其内核日志，然后继续任务。" },
  "consistency-failed": {
    title: "无法使源服务器保持静止",
    remedy: "请继续任务，或将一致性设为“无”，不让源服务器静止。",
  },
  "hook-failed": {
    title: "计划中的命令在源服务器上失败",
    remedy: "请在源服务器上手动运行该命令并加以修正，然后继续任务。",
  },
  "replica-differs": {
    title: "副本与源服务器不一致",
    remedy: "请继续任务：所指范围会再次复制。如果再次出现，请检测中转实例的内存和磁盘。",
  },
  "manifest-damaged": { title: "副本的记录已损坏", remedy: "副本的记录不可信：请重新创建任务。" },
  "tool-missing": { title: "缺少所需工具", remedy: "请安装所指的工具；`sma doctor` 会给出准确的命令。" },
  "image-failed": { title: "无法生成镜像", remedy: "请查看详细信息中工具的输出，然后继续任务。" },
  "image-constraint": { title: "镜像不符合该格式的限制", remedy: "请选择其他格式或更小的磁盘。" },
  "layout-failed": {
    title: "无法将文件移入新的布局",
    remedy: "请查看消息；若布局不合适，请在新任务中修正，否则继续此任务。",
  },
  "conversion-failed": {
    title: "使其可启动的处理失败",
    remedy: "请查看详细信息中工具的输出，然后继续任务，或不经转换继续任务。",
  },
  "guest-unsupported": { title: "无法转换该系统", remedy: "请不经转换继续任务，以获得磁盘原样的镜像。" },
  "target-did-not-boot": { title: "迁移结果未能启动", remedy: "请查看镜像旁边的最后画面和控制台日志。" },
  "receipt-invalid": { title: "凭证无效", remedy: "请勿信任该凭证：请从签发它的助手重新获取。" },
  "content-differs": {
    title: "文件与凭证不符",
    remedy: "请勿使用该文件：请从目标重新获取，或用副本重新生成。",
  },
  "cutover-state": {
    title: "割接的当前状态不允许此操作",
    remedy: "请在该任务的割接页面查看其当前状态及允许的操作。",
  },
  "instance-failed": { title: "实例出错", remedy: "请查看详细信息中的输出和实例的控制台日志，然后重试。" },
  "confirmation-missing": { title: "尚未确认", remedy: "请输入消息所要求的名称。" },
  "cloud-credentials": {
    title: "云平台不接受该凭据",
    remedy: "请重新设置账号的 AccessKey，或获取新的临时凭据，然后恢复任务。",
  },
  "cloud-permission": {
    title: "云账号缺少权限",
    remedy: "请允许 RAM 用户执行所列操作，然后恢复任务。",
  },
  "cloud-quota": {
    title: "云账号的配额已用完",
    remedy: "请删除不再需要的资源，或申请提高配额。",
  },
  "cloud-account": {
    title: "云账号需要处理",
    remedy: "请在控制台查看余额、实名认证或锁定状态，然后恢复任务。",
  },
  "cloud-throttled": {
    title: "云平台暂时不接受更多请求",
    remedy: "请稍后恢复，数据不会丢失。",
  },
  "cloud-busy": {
    title: "云平台正在进行另一操作",
    remedy: "请等待该操作结束后继续。",
  },
  "cloud-unreachable": {
    title: "云平台没有响应",
    remedy: "请确认可通过 HTTPS（TCP 443）访问其接入地址，然后恢复任务。",
  },
  "cloud-reply-invalid": {
    title: "无法理解云平台的回复",
    remedy: "请检查中间是否有代理，或接入地址是否正确。",
  },
  "target-refused": {
    title: "目标拒绝了请求",
    remedy: "请查看详细信息中目标给出的代码和消息，并修正其所指之处。",
  },
  "job-exists": { title: "该源服务器有未完成的任务", remedy: "请先恢复或取消该源服务器未完成的任务。" },
  "job-state": { title: "任务的当前状态不允许此操作", remedy: "请在任务页面查看其当前状态及允许的操作。" },
  "job-held-elsewhere": {
    title: "另一进程正在运行该任务",
    remedy: "任务在另一进程中继续；此页面会显示进度。",
  },
  "no-slot": { title: "没有空闲的名额", remedy: "同时运行的任务已达上限：其中之一结束后会继续。" },
  "limit-reached": { title: "已达上限", remedy: "请先删除不再需要的内容。" },
  "assessment-blocker": { title: "评估发现了阻碍项", remedy: "请消除所指的原因，或在允许之处接受该发现项。" },
  "drivers-missing": {
    title: "缺少目标所需的驱动",
    remedy: "请指定 virtio-win 的文件夹或 ISO，或在源服务器上安装驱动，或接受该发现项继续。",
  },
  "clock-skew": { title: "时钟相差过大", remedy: "请校正所指机器的时钟。" },
  "engine-unreachable": {
    title: "引擎没有响应",
    remedy: "窗口会自动重新连接。如果未能连接，请重新启动 `sma serve`。",
  },
  "not-signed-in": { title: "尚未登录", remedy: "请打开 `sma serve` 显示的链接。" },
  "rate-limited": { title: "请求过多", remedy: "请稍候再试。" },
  "update-check-failed": {
    title: "未能查询到新版本信息",
    remedy: "请检查设置中的地址，以及本机能否访问该地址。",
  },
  "vault-locked": { title: "保管库已锁定", remedy: "请输入保管库的口令。" },
  "state-damaged": {
    title: "助手自身的文件已损坏",
    remedy: "请从备份恢复状态文件夹，或将其移走后重新开始。",
  },
  "bundle-invalid": { title: "不是可用的采集包", remedy: "请用最新的采集脚本重新采集，并完整复制文件。" },
  internal: { title: "助手出现缺陷", remedy: "请附上诊断包进行报告。" },
  other: {
    title: "未能完成",
    remedy: "请查看详细信息。",
    assessing: { title: "无法评估", remedy: "请查看详细信息。" },
  },
};
