import type { CutoverState } from "../../cutover.ts";
import type { JobState } from "../../job.ts";
import type { taskKinds } from "../../../api/intermediate-tasks.ts";

/** A job's states, as they stand within a sentence. */
export const jobStates: Readonly<Record<JobState["name"], string>> = {
  ready: "準備完了",
  waiting: "待機中",
  running: "実行中",
  stopped: "停止",
  "in-error": "エラー",
  finished: "完了",
  expired: "期限切れ",
  deleting: "削除中",
};

export const cutoverStates: Readonly<Record<CutoverState["name"], string>> = {
  ready: "未開始",
  testing: "リハーサル中",
  "ready-for-cutover": "切り替え可能",
  "cutover-in-progress": "切り替え中",
  "cut-over": "切り替え済み",
  finalised: "確定済み",
};

/** What an intermediate does for a job beside the copy. */
export const taskNames: Readonly<Record<(typeof taskKinds)[number], string>> = {
  verify: "検証",
  layout: "新しい構成",
  convert: "変換",
  image: "イメージ作成",
  "boot-check": "起動の検証",
  seal: "証明書の記載",
  restore: "復元",
  upload: "アップロード",
};
