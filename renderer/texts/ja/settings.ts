import type { Texts } from "../catalogue.ts";

export const settings: Texts["settings"] = {
  title: "設定",
  appearance: "言語と表示",
  language: "言語",
  theme: "テーマ",
  diagnosis: {
    title: "このマシンで利用できる機能",
    verdicts: { ok: "利用可", limited: "制限あり", missing: "不足" },
    run: "再確認",
    running: "確認中…",
  },
  keys: "鍵",
  bundleKey: "収集ファイル用の鍵",
  bundleKeyText:
    "収集スクリプトはこの鍵で収集ファイルを封印できます。閉じたネットワークから持ち出しても、読めるのはこのインストールだけです。",
  showKey: "公開鍵を表示",
};
