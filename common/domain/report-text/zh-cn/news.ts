import type { NewsTexts } from "../../news.ts";

export const news: NewsTexts = {
  finished: (name) => ({ title: "迁移已完成", body: `${name} 已迁移完成。` }),
  stopped: (name, why) => ({ title: "有迁移需要处理", body: `${name}：${why}` }),
  hostKey: (host) => ({
    title: "这是正确的服务器吗？",
    body: `${host} 出示了从未见过的密钥。在您判断之前，与它有关的操作不会继续。`,
  }),
  drilled: (name) => ({ title: "演练通过", body: `${name} 可以割接。` }),
  cutOver: (name) => ({ title: "割接完成", body: `${name} 正在目标端运行。` }),
  cutoverStopped: (name) => ({ title: "有割接需要处理", body: `${name} 没有移交。` }),
};
