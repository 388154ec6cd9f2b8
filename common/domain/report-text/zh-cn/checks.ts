import type { checkRemarks } from "../../check-remarks.ts";
import type { RemarkTexts } from "../remark-texts.ts";

/** What checks of this machine and of a place in a cloud found, and what helps. */
export const checks: Pick<RemarkTexts, keyof typeof checkRemarks> = {
  works: () => "可用",
  "node-too-old": ({ version }) => `${version} 版本过旧`,
  "start-by-npm": () => "请用自带 Node 24 的 `npm run` 启动。",
  "agents-for": ({ platforms }) => `代理程序：${platforms.join("、")}`,
  "no-agent-built": () => "尚未构建代理程序，无法复制任何内容",
  "build-agent": () => "请运行一次 `npm run build:agent`。",
  "no-images-here": () => "无法制作镜像",
  "no-boot-checks-here": () => "无法验证启动",
  "kvm-not-on": ({ platform }) => `${platform} 上没有 KVM`,
  "kvm-absent": () => "没有 /dev/kvm",
  "kvm-forbidden": () => "此用户无权打开 /dev/kvm",
  "kvm-broken": () => "有 /dev/kvm，但无法在其上启动虚拟机",
  "enable-virtualisation": () => "请在固件或虚拟化平台中启用虚拟化。",
  "join-kvm-group": () => "请将该用户加入 kvm 组。",
  "conversion-impossible": ({ because }, { tell }) =>
    `无法转换（${tell(because)}）；任务需要选择不转换（--no-conversion）`,
  "port-free": () => "空闲",
  "port-ours": () => "本助手自己的中转实例正在使用",
  "address-not-here": ({ address }) => `本机不能监听 ${address}`,
  "choose-other-port": ({ option, proposal }) =>
    `请在“设置”中改用其他端口，例如空闲的 ${proposal}（命令行用 ${option} ${proposal}），或停止占用该端口的程序。`,
  "free-space": ({ freeBytes, path }, { format }) => `${path} 可用空间：${format.bytes(freeBytes)}`,
  "choose-larger-filesystem": () => "请选择更大文件系统上的文件夹（命令行用 --directory）。",
  "folder-impossible": ({ path }) => `无法创建 ${path}`,
  "choose-other-folder": () => "请选择其他文件夹（命令行用 --directory）。",

  "region-not-there": ({ region }) => `该账号没有地域 ${region}`,
  "choose-one-of": ({ names }) => `请从以下各项中选择：${names.join("、")}`,
  "actions-tried": ({ count }) => `已试探 ${count} 项操作，没有做任何更改`,
  "actions-denied": ({ actions, byRole }) =>
    `未获授权的操作：${[
      ...actions,
      ...byRole.map(
        (action) => `${action}（ECS 无法读取存储空间：缺少角色 AliyunECSImageImportDefaultRole）`,
      ),
    ].join("、")}`,
  "let-user-do": () => "请允许 RAM 用户执行这些操作（完整策略见 docs/CLOUD.md），然后重试。",
  "bucket-is-in": ({ bucket, region }) => `${bucket} 位于 ${region}`,
  "bucket-elsewhere": ({ bucket, region, target }) => `${bucket} 位于 ${region}，而目标端在 ${target}`,
  "choose-near-bucket": () => "请选择目标端所在地域的存储空间：ECS 不能从其他地域导入。",
  "nothing-named": ({ name }) => `${name} 不存在`,
  "choose-from-list": ({ command }) => `请选择已有的一项（命令行可用 ${command} 列出）。`,
  "vswitch-is-in": ({ vSwitch, zone, vpc }) => `${vSwitch} 位于 ${zone} 的 ${vpc}`,
  "vswitch-elsewhere": ({ vSwitch, vpc, wanted }) => `${vSwitch} 位于 ${vpc}，不在 ${wanted} 中`,
  "vswitch-full": ({ vSwitch }) => `${vSwitch} 没有空闲的 IP 地址`,
  "choose-of-vpc": () => "请选择该 VPC 中的一个。",
  "choose-other-or-free": () => "请另选一个，或释放一个地址。",
  "group-elsewhere": ({ group }) => `${group} 不在该交换机所属的 VPC 中`,
  "instance-locked": ({ locks }) => `已被锁定：${locks.join("、")}`,
  "lift-lock": () => "请先解除锁定。",
};
