import type { Texts } from "../catalogue.ts";

export const settings: Texts["settings"] = {
  title: "设置",
  appearance: "语言与外观",
  language: "语言",
  theme: "主题",
  diagnosis: {
    title: "本机具备的能力",
    verdicts: { ok: "可用", limited: "受限", missing: "缺失" },
    run: "重新检查",
    running: "正在检查…",
  },
  keys: "密钥",
  bundleKey: "采集包密钥",
  bundleKeyText: "采集脚本可以用此密钥封装采集包，带出封闭网络的途中只有本安装能够读取。",
  showKey: "显示公钥",
};
