import type { checkRemarks } from "../../check-remarks.ts";
import type { RemarkTexts } from "../remark-texts.ts";

/** What checks of this machine and of a place in a cloud found, and what helps. */
export const checks: Pick<RemarkTexts, keyof typeof checkRemarks> = {
  works: () => "動作します",
  "node-too-old": ({ version }) => `${version} は古すぎます`,
  "start-by-npm": () => "Node 24 が付属する `npm run` で起動してください。",
  "agents-for": ({ platforms }) => `エージェント：${platforms.join("、")}`,
  "no-agent-built": () => "エージェントがまだビルドされていないため、何もコピーできません",
  "build-agent": () => "一度だけ `npm run build:agent` を実行してください。",
  "no-images-here": () => "イメージを作成できません",
  "no-boot-checks-here": () => "起動を検証できません",
  "kvm-not-on": ({ platform }) => `${platform} では KVM を利用できません`,
  "kvm-absent": () => "/dev/kvm がありません",
  "kvm-forbidden": () => "このユーザーには /dev/kvm を開く権限がありません",
  "kvm-broken": () => "/dev/kvm はありますが、マシンを起動できません",
  "enable-virtualisation": () => "ファームウェアまたはハイパーバイザーの設定で仮想化を有効にしてください。",
  "join-kvm-group": () => "ユーザーを kvm グループに追加してください。",
  "conversion-impossible": ({ because }, { tell }) =>
    `変換を実行できません（${tell(because)}）。ジョブには変換なし（--no-conversion）の指定が必要です`,
  "port-free": () => "空いています",
  "port-ours": () => "このアシスタント自身の中間サーバーが使用しています",
  "address-not-here": ({ address }) => `このマシンは ${address} で待ち受けできません`,
  "choose-other-port": ({ option, proposal }) =>
    `「設定」で別のポート（空いているのは ${proposal} など）を指定するか（コマンドラインでは ${option} ${proposal}）、ポートを使用しているプログラムを停止してください。`,
  "free-space": ({ freeBytes, path }, { format }) => `${path} の空き容量：${format.bytes(freeBytes)}`,
  "choose-larger-filesystem": () =>
    "より大きなファイルシステムのフォルダーを選んでください（コマンドラインでは --directory）。",
  "folder-impossible": ({ path }) => `${path} を作成できません`,
  "choose-other-folder": () => "別のフォルダーを選んでください（コマンドラインでは --directory）。",

  "region-not-there": ({ region }) => `このアカウントにはリージョン ${region} がありません`,
  "choose-one-of": ({ names }) => `次の中から選んでください：${names.join("、")}`,
  "actions-tried": ({ count }) => `${count} 個の操作を、実際には何も変更せずに試しました`,
  "actions-denied": ({ actions, byRole }) =>
    `許可されていない操作：${[
      ...actions,
      ...byRole.map(
        (action) =>
          `${action}（ECS がバケットを読み取れません。ロール AliyunECSImageImportDefaultRole が必要です）`,
      ),
    ].join("、")}`,
  "let-user-do": () =>
    "RAM ユーザーにこれらの操作を許可してから（ポリシー全体は docs/CLOUD.md にあります）、もう一度試してください。",
  "bucket-is-in": ({ bucket, region }) => `${bucket} のリージョン：${region}`,
  "bucket-elsewhere": ({ bucket, region, target }) =>
    `${bucket} は ${region} にあり、移行先は ${target} です`,
  "choose-near-bucket": () =>
    "移行先と同じリージョンのバケットを選んでください。ECS は他のリージョンからインポートできません。",
  "nothing-named": ({ name }) => `${name} は存在しません`,
  "choose-from-list": ({ command }) =>
    `存在するものを選んでください（コマンドラインでは ${command} で一覧を表示できます）。`,
  "vswitch-is-in": ({ vSwitch, zone, vpc }) => `${vSwitch} は ${zone} の ${vpc} にあります`,
  "vswitch-elsewhere": ({ vSwitch, vpc, wanted }) => `${vSwitch} は ${vpc} にあり、${wanted} にはありません`,
  "vswitch-full": ({ vSwitch }) => `${vSwitch} に空きアドレスがありません`,
  "choose-of-vpc": () => "その VPC のものを選んでください。",
  "choose-other-or-free": () => "別のものを選ぶか、アドレスを空けてください。",
  "group-elsewhere": ({ group }) => `${group} は vSwitch の VPC にありません`,
  "instance-locked": ({ locks }) => `ロックされています：${locks.join("、")}`,
  "lift-lock": () => "先にロックを解除してもらってください。",
};
