/** The words of what is not a page: menu, tray, dialogs. English first: a missing translation does not compile. */
import type { Language } from "../../common/domain/report-text/catalogue.ts";

export interface NativeTexts {
  readonly menu: {
    readonly file: string;
    readonly newWindow: string;
    readonly quit: string;
    readonly go: string;
    readonly view: string;
    readonly start: string;
    readonly sources: string;
    readonly compatibility: string;
    readonly wizard: string;
    readonly jobs: string;
    readonly cutover: string;
    readonly settings: string;
  };
  readonly tray: {
    state(running: number, waiting: number): string;
    readonly open: string;
    readonly quit: string;
    readonly quitAndStop: string;
  };
  /** Told once, when the last window closes and jobs go on. */
  readonly goesOn: { readonly title: string; readonly body: string };
  readonly cannotStart: string;
  readonly bundleRefused: string;
}

const counted = (count: number, one: string, many: string) => (count === 1 ? one : `${count} ${many}`);

const english: NativeTexts = {
  menu: {
    file: "&File",
    newWindow: "New window",
    quit: "Quit and stop running jobs",
    go: "&Go",
    view: "&View",
    start: "Start",
    sources: "Sources",
    compatibility: "Compatibility",
    wizard: "New migration",
    jobs: "Jobs",
    cutover: "Cutover",
    settings: "Settings",
  },
  tray: {
    state: (running, waiting) =>
      [
        running === 0 ? "no job is running" : counted(running, "1 job is running", "jobs are running"),
        ...(waiting === 0 ? [] : [counted(waiting, "1 job waits", "jobs wait")]),
      ].join(", "),
    open: "Open",
    quit: "Quit",
    quitAndStop: "Quit and stop running jobs",
  },
  goesOn: {
    title: "Jobs go on",
    body: "Start the assistant again to see them. To end them, quit in its menu.",
  },
  cannotStart: "The assistant cannot start",
  bundleRefused: "The bundle cannot be used",
};

const japanese: NativeTexts = {
  menu: {
    file: "ファイル(&F)",
    newWindow: "新しいウィンドウ",
    quit: "終了して実行中のジョブを停止",
    go: "移動(&G)",
    view: "表示(&V)",
    start: "ホーム",
    sources: "移行元",
    compatibility: "互換性",
    wizard: "新しい移行",
    jobs: "ジョブ",
    cutover: "切り替え",
    settings: "設定",
  },
  tray: {
    state: (running, waiting) =>
      `実行中のジョブ: ${running} 件${waiting === 0 ? "" : `、待機中: ${waiting} 件`}`,
    open: "開く",
    quit: "終了",
    quitAndStop: "終了して実行中のジョブを停止",
  },
  goesOn: {
    title: "ジョブは続行中です",
    body: "アシスタントをもう一度起動すると確認できます。停止するには、メニューから終了してください。",
  },
  cannotStart: "アシスタントを起動できません",
  bundleRefused: "収集ファイルを使用できません",
};

const simplifiedChinese: NativeTexts = {
  menu: {
    file: "文件(&F)",
    newWindow: "新建窗口",
    quit: "退出并停止正在运行的任务",
    go: "转到(&G)",
    view: "视图(&V)",
    start: "概览",
    sources: "源服务器",
    compatibility: "兼容性",
    wizard: "新建迁移",
    jobs: "任务",
    cutover: "割接",
    settings: "设置",
  },
  tray: {
    state: (running, waiting) =>
      `${running} 个任务正在运行${waiting === 0 ? "" : `，${waiting} 个任务在等待`}`,
    open: "打开",
    quit: "退出",
    quitAndStop: "退出并停止正在运行的任务",
  },
  goesOn: { title: "任务仍在继续", body: "再次启动助手即可查看。要停止任务，请从菜单退出。" },
  cannotStart: "助手无法启动",
  bundleRefused: "无法使用此采集包",
};

export const nativeTexts: Readonly<Record<Language, NativeTexts>> = {
  en: english,
  ja: japanese,
  "zh-CN": simplifiedChinese,
};
