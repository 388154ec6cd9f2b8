import type { jobsFaults } from "../../../faults/jobs.ts";
import type { RemarkTexts } from "../../remark-texts.ts";
import { cutoverStates, jobStates, taskNames } from "../states.ts";

export const jobs: Pick<RemarkTexts, keyof typeof jobsFaults> = {
  "job-takes-no-event": ({ state, event }) => `ジョブ（${jobStates[state]}）では ${event} を実行できません`,
  "no-intermediate-now": () => "このジョブの中間サーバーは現在動作していません",
  "snapshots-impossible": ({ because }, { tell }) =>
    `移行元でスナップショットを作成できません：${tell(because)}`,
  "make-room-or-auto": () =>
    "ボリュームグループに空きを作るか、方法をアシスタントに任せてください（--consistency auto）。",
  "watchdog-not-started": () => "移行元で監視プロセスを開始できませんでした",
  "snapshots-not-made": () => "スナップショットを作成できませんでした",
  "still-held": ({ mountPoint, text }) => `${mountPoint} がまだ静止したままです：${text}`,
  "hook-not-ended": ({ number, count, when, because }, { tell }) =>
    `フック（${tell(when)}）${count} 個中 ${number} 個目が終わりませんでした：${tell(because)}`,
  "hook-exit": ({ number, count, when, status }, { tell }) =>
    `フック（${tell(when)}）${count} 個中 ${number} 個目が終了コード ${status} で終わりました`,
  "something-still-held": () =>
    "移行元で何かがまだ静止したままです（凍結されたファイルシステムまたはスナップショット）",
  "no-memory-for-snapshots": () =>
    "移行元に、スナップショットの監視に使うメモリー上のファイルシステムがありません",
  "counting-stopped": () => "除外分の集計を取り消しました",
  "files-only-linux": () =>
    "ファイル単位の複製は Linux の移行元専用です。Windows のディスクはブロック単位で複製します",
  "outgrown-layout": ({ because }, { tell }) => `移行元がレイアウトに収まらなくなりました：${tell(because)}`,
  "task-without-result": ({ task }) => `中間サーバーの「${taskNames[task]}」の処理が結果なしで終わりました`,
  "task-halted": ({ task }) => `「${taskNames[task]}」の処理を中止しました`,
  "job-taken-over": () => "別のプロセスがこのジョブを引き継ぎました",
  "job-removed": () => "ジョブは中止され、削除されました",
  "run-broke-off": ({ text }) => `ジョブの実行が予期せず失敗しました：${text}`,
  "run-complete": () => "ジョブの実行は完了しています",
  "start-another-run": () => "次の実行を開始してください（`sma job sync`）。",
  "step-broke-off": ({ text }) => `ステップが予期せず中断しました：${text}`,
  "journal-of-other-version": ({ step, field, because }, { tell }) =>
    `ステップ ${step} の記録が、このバージョンの形式ではありません（${field}：${tell(because)}）`,
  "restore-or-cancel": () =>
    "状態フォルダーをバックアップから復元するか、ジョブを中止して新しく開始してください。",
  "passphrase-ways-on": () =>
    "ブートローダーまでは動作しています。パスフレーズの入力後は確認できません。起動の検証なしで再開すると（`sma job resume --no-boot-check`）イメージが作成されます。イメージを起動し、コンソールでパスフレーズを入力して確認してください。",
  "entries-differ": ({ count, path, text }, { format }) =>
    `新しい構成で一致しない項目が ${format.integer(count)} 件あります（例：${path}、${text}）`,
  "delivery-stopped": () => "引き渡しを中止しました。続行できます",
  "disk-not-sealed": ({ disk }) => `ディスク ${disk} が証明書に記載されていません`,
  "sync-stopped": () => "同期を中止しました",
  "folder-absent": ({ folder }) => `${folder} がありません`,
  "folder-without-drivers": ({ folder }) => `${folder} に viostor.inf も vioscsi.inf もありません`,
  "authority-unusable": ({ text }) => `このインストールの認証局を使用できません：${text}`,
  "two-ports-wanted": () => "制御とディスクデータには別々のポートが必要です（dataPort）",
  "target-host-no-ssh": ({ name }) => `移行先ホスト ${name} は SSH で接続する移行元ではありません`,
  "directory-to-be-named": () => "別のマシンでは、フォルダーを絶対パスで指定する必要があります",
  "name-a-directory": () => "フォルダーを指定してください（--directory）。",
  "excludes-unread": ({ text }) => `除外リストを読めません：${text}`,
  "job-not-run": ({ state }) => `ジョブを実行しているプロセスがありません（状態：${jobStates[state]}）`,
  "start-by-resuming": () => "再開してください（`sma job resume`）。",
  "only-sync-pauses": () => "一時停止できるのは同期だけです",
  "job-is": ({ state }) => `ジョブの状態は「${jobStates[state]}」です`,
  "other-process-runs": () => "別のプロセスがこのジョブを実行しています",
  "instance-has-system": ({ state }) =>
    `このジョブのシステムは、インスタンスに渡されたか渡している途中です（切り替え：${cutoverStates[state]}）`,
  "end-cutover-first": () => "先に切り替えを確定するか元に戻すか、リハーサルを終えてください。",
  "job-runs": () => "ジョブは実行中です",
  "job-not-all-removed": () => "ジョブを完全には削除できませんでした",
  "cancel-again": () =>
    "もう一度中止してください。妨げになったものはジョブのログで確認できます（`sma job logs`）。",
  "cancellation-goes-on": () => "待機をやめました。中止処理は続いています",
  "restoring-stopped": () => "復元を中止しました",
  "process-runs-job": ({ pid }) => `プロセス ${pid} がこのジョブを実行しています`,
  "jobs-run-already": ({ count }) => `既に ${count} 件のジョブが実行中です`,
  "unfinished-job": ({ job }) => `この移行元には未完了のジョブ ${job} があります`,
  "jobs-full": ({ count }, { format }) => `ジョブが上限の ${format.integer(count)} 件に達しています`,
  "remove-jobs": () =>
    "不要なジョブを削除してください（`sma job cancel JOB`）。イメージは先に別の場所に保存できます。",
  "run-not-last": ({ run }) => `実行 ${run} は最新ではなくなりました`,
  "copy-incomplete": () => "全体のコピーが完了していないため、差分を追加できません",
  "several-jobs-begin-with": ({ prefix }) => `${prefix} で始まるジョブが複数あります`,
  "sources-full": ({ count }, { format }) => `移行元が上限の ${format.integer(count)} 台に達しています`,
  "remove-sources": () => "不要な移行元を削除してください（`sma source remove SOURCE`）。",
  "no-source": ({ name }) => `${name} という移行元はありません`,
  "source-has-jobs": () => "この移行元にはジョブがあります",
  "cancel-jobs-first": () => "先にジョブを中止してください（`sma job cancel ID`）。",
  "written-by-newer": ({ name }) => `${name} は、より新しいバージョンのアシスタントで保存されています`,
  "use-newer-version": () => "新しいバージョンを使うか、別の状態フォルダーを使ってください。",
  "database-unopened": ({ name, text }) => `${name} を開けません：${text}`,
  "no-cloud-account": ({ name }) => `クラウドアカウント ${name} はありません`,
  "add-cloud-account": () => "設定画面または `sma cloud set` で追加してください。",
  "port-answers-other": ({ where }) =>
    `${where} で応答しているのは、このインストールの中間サーバーではありません`,
  "free-port-or-choose": () =>
    "そのポートを使うプログラムを停止するか、別のポートを指定してください（新しい移行の「移行先」、コマンドラインでは --control-port と --data-port）。",
  "intermediate-certificate-not-valid-now": () =>
    "中間サーバーの証明書が、このマシンの時刻では有効ではありません",
  "intermediate-silent": ({ where, text }) => `${where} の中間サーバーが応答しません：${text}`,
  "intermediate-answer-odd": ({ because }, { tell }) =>
    `中間サーバーの応答を解釈できません：${tell(because)}`,
  "intermediate-answer-no-json": () => "中間サーバーの応答が JSON ではありません",
  "first-words-odd": () => "中間サーバーの最初の出力を解釈できません",
  "port-serves-other": ({ port, folder, wanted }) =>
    `ポート ${port} は ${wanted} ではなく、フォルダー ${folder} 用です`,
  "ports-in-use-by-job": ({ job }) => `ジョブ ${job} が同じフォルダーとこのポートを現在使用しています`,
  "stop-that-job-first": () => "そのジョブを停止するか終了を待ってから、もう一度お試しください。",
  "use-folder-or-ports": () =>
    "そのフォルダーを使うか、ジョブの画面で別のポートを指定してください（コマンドラインでは `sma job resume JOB --control-port PORT --data-port PORT`）。",
  "port-held": ({ port }) => `ポート ${port} は別のプログラムが使用中です`,
  "port-forbidden": ({ port }) => `このユーザーはポート ${port} で待ち受けられません`,
  "intermediate-start-stopped": () => "中間サーバーの起動を取り消しました",
  "intermediate-start-slow": ({ seconds }) => `中間サーバーが ${seconds} 秒以内に起動しませんでした`,
  "intermediate-not-started": ({ text }) => `中間サーバーが起動しませんでした：${text}`,
  "target-host-gone": ({ host }) => `移行先ホスト ${host} は移行元の一覧にもうありません`,
  "add-host-again": () => "別の名前で追加し直し、新しいジョブを作成してください。",
  "folder-not-absolute": ({ folder }) => `フォルダー ${folder} は絶対パスではありません`,
  "target-host-no-linux": ({ host }) => `移行先ホスト ${host} は Linux マシンではありません`,
  "folder-not-writable": ({ host, folder }) => `${host} のログインユーザーは ${folder} に書き込めません`,
  "choose-writable-folder": () =>
    "書き込めるフォルダーを選ぶか（--directory）、そのフォルダーを用意してください。",
  "no-program-on-host": ({ program, host }) => `${host} にプログラム ${program} がありません`,
  "install-package-there": () =>
    "そこに server-migration-assistant パッケージをインストールするか、プログラムを指定してください（--target-program）。",
  "intermediate-not-started-on": ({ host, text }) => `${host} で中間サーバーが起動しませんでした：${text}`,
  "run-by-hand": ({ program }) => `そこで ${program} を手動で実行し、何が必要か確認してください。`,
  "own-disk-full": ({ path }) => `アシスタントのフォルダーがあるディスクがいっぱいです：${path}`,
  "free-own-disk": () =>
    "空き容量を確保してください。ジョブは空きを待って自動的に続行します。入力したばかりの内容は、もう一度入力してください。",
  "hook-before": () => "最後のパスの前",
  "hook-after": () => "最後のパスの後",
  "snapshots-not-made-why": ({ text }) => `スナップショットを作成できませんでした：${text}`,
  "demo-server-said": ({ text }) => `デモサーバーを起動できません：${text}`,
};
