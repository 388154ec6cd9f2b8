import type { instancesFaults } from "../../../faults/instances.ts";
import type { RemarkTexts } from "../../remark-texts.ts";
import { cutoverStates, jobStates } from "../states.ts";

export const instances: Pick<RemarkTexts, keyof typeof instancesFaults> = {
  "cutover-takes-no-event": ({ state, event }) =>
    `切り替え（${cutoverStates[state]}）では ${event} を実行できません`,
  "cutover-broke-off": ({ text }) => `切り替えが予期せず失敗しました：${text}`,
  "keeps-earlier-disks": ({ instance }) => `${instance} には以前の切り替えのディスクが残っています`,
  "finalise-or-roll-back": () => "その切り替えを確定するか、元に戻してください。",
  "not-proven-as-instance": () =>
    "移行したシステムがインスタンスとして動作することが、まだ確認されていません",
  "drill-first": () =>
    "先にリハーサルを行うか、リハーサルなしで続けてください（`sma cutover drill` または --without-drill）。",
  "being-rolled-back": () => "切り替えを元に戻している途中です",
  "finish-rollback-first": () => "先にそれを完了してください（`sma cutover rollback`）。",
  "nothing-to-roll-back": () => "元に戻すものがありません",
  "not-to-finalise": ({ state }) => `この切り替え（${cutoverStates[state]}）は確定できません`,
  "cutover-stopped": () => "切り替えを中止しました。続行できます",
  "firmware-other": ({ system, instance, own }) =>
    `移行したシステムは ${system} で起動しますが、${instance} は ${own} です`,
  "make-instance-with-firmware": ({ firmware }) =>
    `ファームウェアが ${firmware} のインスタンスを作成してください（--firmware ${firmware}）。`,
  "run-not-done": ({ state }) => `ジョブの実行が終わっていません（${jobStates[state]}）`,
  "finish-job-first": () => "先にジョブを完了してください（`sma job resume`）。",
  "start-cutover-again": () => "もう一度切り替えを開始してください。最終同期から続きます。",
  "stopped-in-final-sync": () => "最終同期の途中で切り替えを中止しました",
  "final-sync-unended": ({ state }) => `最終同期が終わりませんでした（ジョブの状態：${jobStates[state]}）`,
  "images-elsewhere": ({ host }) =>
    `ジョブのイメージは ${host} にありますが、インスタンスはこのマシンに作成されます`,
  "copy-images-here": () => "イメージをそこからコピーするか、このマシンに移行してください。",
  "no-images-yet": () => "インスタンスに渡せるイメージがまだありません",
  "run-until-images": () => "イメージが作成されるまでジョブを実行してください（`sma job resume`）。",
  "gives-up-written": () => "元に戻すと、切り替え後にインスタンスに書き込まれた内容が失われます",
  "gives-up-old-disks": () => "確定すると、インスタンスの元のディスクが失われ、元に戻せなくなります",
  "gives-up-instance": ({ instance }) => `${instance} とそのすべてのディスクを削除します`,
  "has-to-be-confirmed": ({ what }, { tell }) => `${tell(what)}。確認が必要です`,
  "other-name-given": ({ what, wanted, given }, { tell }) =>
    `${tell(what)}。名前は ${given} ではなく ${wanted} です`,
  "confirm-with-name": ({ name }) => `名前 ${name} を入力して確認してください（--confirm ${name}）。`,
  "instance-exists": ({ name }) => `インスタンス ${name} は既にあります`,
  "did-not-come-up": ({ name, because }, { tell }) => `${name} が起動しませんでした：${tell(because)}`,
  "watching-stopped": () => "インスタンスの監視を取り消しました",
  "no-image-format": ({ path }) => `${path} は対応している形式のイメージではありません`,
  "folder-not-an-instances": ({ path }) => `${path} は既にあり、インスタンスのものではありません`,
  "foreign-files-in-instance": ({ path }) => `${path} に、インスタンスが作成していないファイルがあります`,
  "install-libvirt": () =>
    "インストールしてください（Debian：apt-get install libvirt-clients libvirt-daemon-system）。または --driver qemu でインスタンスを作成してください。",
  "virsh-failed": ({ act, text }) => `virsh ${act} に失敗しました：${text}`,
  "stopping-stopped": ({ name }) => `${name} の停止を取り消しました`,
  "process-does-not-end": ({ name }) => `${name} のプロセスが終了しません`,
  "starting-stopped": () => "インスタンスの起動を取り消しました",
  "qemu-not-started-why": ({ text }) => `QEMU が起動しませんでした：${text}`,
  "no-instance": ({ name }) => `インスタンス ${name} はありません`,
  "list-instances": () => "一覧から選ぶか、作成してください（`sma instance list`、`sma instance create`）。",
  "instance-path-taken": ({ path }) => `${path} は既にあり、このインスタンスのものではありません`,
  "instance-runs": ({ name }) => `${name} は動作中のため、ディスクを変更できません`,
  "instance-gets-no-disk": ({ name }) => `${name} に渡すディスクがありません`,
  "cloud-instance-wants-place": () => "クラウドのインスタンスには作成場所が必要です（cloud フィールド）",
  "not-attached": ({ name }) => `${name} が動作していないか、ほかの人が接続しています`,
  "console-unread": ({ what, because }, { tell }) =>
    `${tell(what)}。コンソールを読めません：${tell(because)}`,
  "no-disks-yet": ({ name }) => `${name} にはまだディスクがないため、作成されていません`,
  "drill-makes-it": () => "リハーサルまたは切り替えで作成されます。",
};
