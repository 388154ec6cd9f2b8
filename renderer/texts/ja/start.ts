import type { Texts } from "../catalogue.ts";

export const start: Texts["start"] = {
  attention: "対応が必要",
  nothingToDo: "対応が必要なものはありません。",
  running: "実行中",
  nothingRunning: "実行中のジョブはありません。",
  recent: "最近完了したジョブ",
  allJobs: "すべてのジョブ",
  fleet: "全体の状況",
  sources: "移行元",
  assessed: "評価済み",
  migrated: "移行済み",
  toGo: "未移行",
  resumeHint: "再開すると、続きから実行されます。",
  openJob: "ジョブを開く",
  emptyTitle: "最初のサーバーを移行しましょう",
  emptyText:
    "移行元は稼働したままで、変更されません。ディスクは暗号化してコピーされ、バイト単位で一致を検証し、起動できる形に変換したうえで、実際に一度起動して確認します。",
  emptySteps: [
    "移行元を追加します。SSH または WinRM で接続できるサーバーのほか、接続できないサーバーは収集ファイルで追加できます。",
    "コピーを始める前に、移行されるものとされないものを確認します。",
    "コピーと検証を行い、準備ができたら切り替えます。",
  ],
  addSource: "移行元を追加",
  tryDemo: "デモ用の移行元で試す",
  demoHint: "このマシン上に使い捨ての小さな Linux サーバーを作成して起動します。初回は数分かかります。",
  demoStarted: "デモ用の移行元を作成しています。準備ができると「移行元」に表示されます。",
  demoRuns: "デモ用の移行元が動いています",
  demoReady: (name: string) =>
    `${name} はいくつかのファイルを持つ本物の Linux サーバーです。移行して各手順を確かめ、終わったら終了してください。`,
  demoMigrate: (name: string) => `${name} を移行`,
  demoEnd: "デモ用の移行元を終了",
  machine: "このマシン",
  machineLimits: (count) => `制限または不足が ${count} 件あります`,
  machineFine: "移行に必要なものはすべて揃っています。",
  readiness: "このマシンを確認",
};
