import type { workRemarks } from "../../work-remarks.ts";
import type { RemarkTexts } from "../remark-texts.ts";

/** What a running step is at. */
export const work: Pick<RemarkTexts, keyof typeof workRemarks> = {
  starting: () => "正在开始",
  done: () => "完成",

  "connecting-to-source": () => "正在连接源服务器",
  "collecting-facts": () => "正在收集源服务器的信息",
  "choosing-disks": () => "正在选择磁盘",
  "asking-cloud": () => "正在查询云端",
  "counting-left-out": () => "正在统计被排除的文件",
  "starting-intermediate": () => "正在启动中转实例",
  "trying-ports": () => "正在从源服务器测试端口",
  "uploading-agent": () => "正在上传代理",
  "starting-agent": () => "正在启动代理",

  copying: () => "正在复制",
  "checking-again": ({ pass }) => `正在再次检查变化（第 ${pass} 遍）`,
  paused: () => "已暂停",
  "awaiting-window": ({ from, to }) => `正在等待传输时段（${from} 至 ${to}）`,
  "awaiting-agent": () => "正在等待代理连接",
  "reading-back": ({ disk }) => `正在回读校验 ${disk}`,

  "opening-replica": () => "正在打开副本",
  "bringing-files": ({ mountPoint }) => `正在迁移 ${mountPoint} 的文件`,
  "comparing-files": ({ mountPoint }) => `正在比较 ${mountPoint} 的文件`,
  "reading-new-disk": () => "正在读取新磁盘",

  "making-overlays": () => "正在创建叠加层",
  "making-basic-disks": () => "正在把动态磁盘变为基本磁盘",
  "starting-appliance": () => "正在启动转换环境（libguestfs）",
  "looking-for-system": () => "正在查找操作系统",
  "mounting-system": ({ system }) => `正在挂载 ${system}`,
  "converting-step": ({ step }, words) => `正在转换：${words.step(step)}`,
  "looking-into-initramfs": ({ kernel }) => `正在查看内核 ${kernel} 的 initramfs`,
  "adding-drivers": ({ drivers }) => `正在把 ${drivers.join("、")} 加入 initramfs`,
  "writing-grub-configuration": () => "正在重新生成 GRUB 的配置",
  "installing-boot-loader": ({ firmware }) => `正在安装用于 ${firmware.toUpperCase()} 的引导程序`,
  "opening-windows": () => "正在打开 Windows",
  "putting-windows-drivers": () => "正在为 Windows 装入驱动",

  "preparing-check-in": () => "正在准备系统内部的检查",
  "booting-copy": ({ stage, isEmulated, lastLine }, words) =>
    `正在启动，${words.stage(stage)}${isEmulated ? "（没有 KVM，以仿真方式运行，较慢）" : ""}${lastLine === null ? "" : `：${lastLine}`}`,
  "trying-repair": ({ repair, because }, { step, tell }) =>
    `未能启动（${tell(because)}）；正在尝试${step(repair)}`,
  repairing: ({ repair, doing }, { step, tell }) => `${step(repair)}；${tell(doing)}`,

  "making-image": ({ format }) => `正在制作 ${format} 镜像`,
  "comparing-image": ({ format }) => `正在把 ${format} 镜像与其来源比较`,
  "hashing-images": () => "正在计算镜像内容的哈希",
  "checking-snapshot": () => "正在校验快照",
  "imaging-snapshot": () => "正在制作快照的镜像",
  "uploading-images": () => "正在上传",
  "uploading-disk": ({ disk }) => `正在上传磁盘 ${disk}`,
  "importing-image": () => "正在导入镜像",

  "removing-agent": () => "正在从源服务器移除代理",
  "removing-replica": () => "正在移除副本",
  "removing-receipt": () => "正在移除凭证",
  "removing-from-cloud": () => "正在移除云端的残留",
  "releasing-source": () => "正在解除源服务器的静止",

  "demo-building-agent": () => "正在构建代理",
  "demo-boot-loader": () => "来宾系统正在自行安装 GRUB",
  "demo-waiting": () => "另一进程正在构建演示服务器，正在等待",
  "demo-booting": ({ seconds }) => `演示服务器正在启动（${seconds} 秒）`,
  "demo-answers": ({ seconds }) => `演示服务器在 ${seconds} 秒后响应`,
  "demo-state-useless": () => "保存的运行状态无法使用，将重新启动",
  "demo-keeping-state": () => "正在保存运行状态供下次使用",
};
