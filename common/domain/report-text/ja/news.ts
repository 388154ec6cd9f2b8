import type { NewsTexts } from "../../news.ts";

export const news: NewsTexts = {
  finished: (name) => ({ title: "移行が完了しました", body: `${name} の移行が完了しました。` }),
  stopped: (name, why) => ({ title: "移行に対応が必要です", body: `${name}: ${why}` }),
  hostKey: (host) => ({
    title: "このサーバーで間違いありませんか？",
    body: `${host} から未知の鍵が提示されました。判断するまで、このサーバーへの処理は進みません。`,
  }),
  drilled: (name) => ({ title: "リハーサルに合格しました", body: `${name} を切り替えられます。` }),
  cutOver: (name) => ({ title: "切り替えが完了しました", body: `${name} は移行先で稼働しています。` }),
  cutoverStopped: (name) => ({
    title: "切り替えに対応が必要です",
    body: `${name} は引き渡されませんでした。`,
  }),
};
