import type { CutoverState } from "../../cutover.ts";
import type { JobState } from "../../job.ts";
import type { taskKinds } from "../../../api/intermediate-tasks.ts";

/** A job's states, as they stand within a sentence. */
export const jobStates: Readonly<Record<JobState["name"], string>> = {
  ready: "就绪",
  waiting: "等待中",
  running: "运行中",
  stopped: "已停止",
  "in-error": "出错",
  finished: "已完成",
  expired: "已过期",
  deleting: "正在删除",
};

export const cutoverStates: Readonly<Record<CutoverState["name"], string>> = {
  ready: "尚未开始",
  testing: "演练中",
  "ready-for-cutover": "可以割接",
  "cutover-in-progress": "割接中",
  "cut-over": "已割接",
  finalised: "已完结",
};

/** What an intermediate does for a job beside the copy. */
export const taskNames: Readonly<Record<(typeof taskKinds)[number], string>> = {
  verify: "校验",
  layout: "新布局",
  convert: "转换",
  image: "镜像",
  "boot-check": "启动验证",
  seal: "封装凭证",
  restore: "恢复",
  upload: "上传",
};
