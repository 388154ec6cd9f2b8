import type { RunningTexts } from "../catalogue.ts";

export const running: RunningTexts = {
  "static-ip": ({ nic, addresses }, f) => ({
    title: `${nic} 使用静态地址${addresses.length > 0 ? `：${f.list(addresses)}` : ""}`,
    outcome: {
      block: "设置会一起迁移。在其他网络中副本无法访问；在同一网络中会与源服务器冲突。",
      file: "默认排除网络设置；目标端使用 DHCP。",
    },
    remedy: "请记下地址、网关和 DNS。先隔离启动副本，再设置目标端的地址或 DHCP。",
  }),
  "nic-renaming.pinned": ({ nic }) => ({
    title: `名称 ${nic} 绑定在这块网卡上`,
    outcome: {
      block: "规则会一起迁移，但其中的 MAC 地址在目标端不存在：网卡会得到别的名称，设置不生效。",
      file: "规则会排除；网卡得到新名称。",
    },
    remedy: "请在副本中删除该规则（70-persistent-net.rules、HWADDR=），或交给转换处理。",
  }),
  "nic-renaming.predictable": ({ nic }) => ({
    title: `网卡 ${nic} 的名称会改变`,
    outcome: {
      block: "名称来自插槽。在目标端名称不同，针对旧名称的设置不会生效。",
      file: "网卡得到新名称。",
    },
    remedy: "请用名称以外的方式匹配设置，或在首次启动后从控制台检查网络配置。",
  }),
  "docker-data": ({ engine, paths }, f) => ({
    title: `容器引擎：${engine}`,
    outcome: {
      block: "容器、镜像和卷会以运行中某一时刻的状态迁移。",
      file: `默认排除${paths.length > 0 ? `（${f.list(paths)}）` : ""}。`,
    },
    remedy: "最终同步期间请停止容器。使用文件复制时，镜像请通过仓库迁移，卷请通过备份迁移。",
  }),
  "database-running": ({ service }) => ({
    title: `数据库：${service}`,
    outcome: "复制期间它仍在写入。副本相当于断电后的状态：数据库启动时会自行恢复，或者已经损坏。",
    remedy: "最终同步期间请停止数据库，或在迁移之外另做转储或使用其自身的复制。",
  }),
  "domain-controller": () => ({
    title: "Active Directory 域控制器",
    outcome: "如果旧数据的副本与原服务器或其他控制器相遇，会破坏目录复制（USN 回滚）。",
    remedy: "不要让两者同时运行。更好的做法：在目标端提升一台新的控制器，让目录自行复制。",
  }),
  "cluster-member": ({ service }) => ({
    title: `集群成员：${service}`,
    outcome: "副本加入集群，或找不到共享磁盘，都可能损害整个集群。",
    remedy: "请在迁移前把该节点移出集群，并隔离启动副本。",
  }),
  "vss-writer-failed": ({ writer, error }) => ({
    title: `VSS 写入器失败：${writer}`,
    outcome: `一致性快照会失败，或使该程序的数据处于不确定状态${error === "" ? "" : `（${error}）`}。`,
    remedy: "请重启写入器所属的服务或服务器，并在迁移前用 `vssadmin list writers` 检查。",
  }),
  "shadow-copies": ({ count }) => ({
    title: `${count} 个卷影副本不会迁移`,
    outcome: "卷以当前状态迁移，较早的状态不会迁移。",
    remedy: "如仍需要较早的状态，请趁源服务器还在时恢复或备份。",
  }),
  selinux: ({ mode }) => ({
    title: `SELinux 处于 ${mode} 模式`,
    outcome: {
      block: "标签随磁盘一起迁移。",
      file: "文件会重新写入；不重新打标签，服务会被拒绝访问自己的文件。",
    },
    remedy: "使用文件复制时，请把 SELinux 设为 permissive，并为首次启动创建 /.autorelabel。",
  }),
  "ports-blocked": ({ host, port }) => ({
    title: `源服务器无法访问 ${host} 的端口 ${port}`,
    outcome: "这是从源服务器实际尝试的结果。不通的话代理程序到不了中转实例，数据不会传输。",
    remedy: "请在途经的所有防火墙上，对源服务器放行出方向、对中转实例放行入方向的端口 8080 和 8703。",
  }),
  "ports-untried": () => ({
    title: "没有尝试源服务器能否访问中转实例",
    outcome: "代理程序需要出方向的端口 8080 和 8703。",
    remedy: "请在迁移前从源服务器尝试连接中转实例；在线评估会自动尝试。",
  }),
};
