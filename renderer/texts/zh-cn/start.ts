import type { Texts } from "../catalogue.ts";

export const start: Texts["start"] = {
  attention: "需要立即处理",
  nothingToDo: "没有需要处理的事项。",
  running: "正在运行",
  nothingRunning: "没有正在运行的任务。",
  recent: "最近完成",
  allJobs: "全部任务",
  fleet: "整体情况",
  sources: "源服务器",
  assessed: "已评估",
  migrated: "已迁移",
  toGo: "尚未迁移",
  resumeHint: "恢复后会从中断处继续。",
  openJob: "打开任务",
  emptyTitle: "迁移第一台服务器",
  emptyText:
    "源服务器始终在线且不会被更改。磁盘数据经加密复制，逐字节校验一致，转换为可启动状态，并在您依赖它之前实际启动验证一次。",
  emptySteps: [
    "添加源服务器：可通过 SSH 或 WinRM 连接的服务器；无法连接的服务器可导入采集包。",
    "在复制任何数据之前，先了解哪些内容会迁移、哪些不会。",
    "复制、校验，准备就绪后再割接。",
  ],
  addSource: "添加源服务器",
  tryDemo: "使用演示源服务器试用",
  demoHint: "在本机构建并启动一台用后即弃的小型 Linux 服务器，首次需要几分钟。",
  demoStarted: "正在构建演示源服务器，就绪后会出现在“源服务器”中。",
  demoRuns: "演示源服务器正在运行",
  demoReady: (name: string) =>
    `${name} 是一台带有若干文件的真实 Linux 服务器。迁移它以了解每个步骤，完成后将其结束。`,
  demoMigrate: (name: string) => `迁移 ${name}`,
  demoEnd: "结束演示源服务器",
  machine: "本机",
  machineLimits: (count) => `有 ${count} 项受限或缺失`,
  machineFine: "迁移所需的一切均已具备。",
  readiness: "检查本机",
};
