import type { LogTexts } from "../log-texts.ts";

const things = {
  "agent-directory": "移行元のエージェント",
  "intermediate-job": "複製",
  receipt: "移行証明書",
  "consistent-moment": "移行元の静止状態",
  delivery: "クラウドに残ったもの",
} as const;

const checksums = {
  automatic: "余裕がある間は受信時に照合",
  arrival: "受信時にすべて照合",
  proof: "読み直しの際に照合",
} as const;

export const log: LogTexts = {
  failed: ({ code, message }, { failure }) => `${failure(code)}（${message}）`,
  retrying: ({ code, message, seconds }, { failure, format }) =>
    `${failure(code)}。${format.duration(seconds)}後に再試行します（${message}）`,
  stopped: ({ goesOn }) =>
    goesOn ? "アシスタントが再び起動するまで停止しました" : "停止しました。再開できます",
  "clock-set": ({ seconds }, { format }) =>
    `このマシンの時計が ${format.duration(Math.abs(seconds))}${seconds < 0 ? "戻され" : "進められ"}ました`,
  expired: ({ days }) => `期限切れになりました。${days} 日間実行されていません`,
  "clean-up-failed": ({ thing, code, message }, { failure }) =>
    `${things[thing]}を削除できませんでした：${failure(code)}（${message}）`,

  "disks-chosen": ({ count }) => `移行するディスク：${count} 台`,
  "new-disks-not-copied": ({ count }) =>
    `移行元に新しいディスクが ${count} 台あります。このジョブではコピーしません`,
  "layout-planned": ({ count }) => `ファイルは新しいディスク ${count} 台に移されます`,
  "left-out": ({ mountPoint, entries, bytes }, { format }) =>
    `${mountPoint}：${format.integer(entries)} 件、${format.bytes(bytes)}を除外します`,
  "intermediate-listens": ({ controlPort, dataPort }) =>
    `中間サーバーがポート ${controlPort} と ${dataPort} で待ち受けています`,
  "agent-runs": ({ directory }) => `エージェントが ${directory} で動作しています`,

  "intermediate-restarted": () => "中間サーバーが再起動されました",
  "agent-restarted": () => "エージェントが停止していたため、再び起動しました",
  "agent-remark": ({ text }) => `エージェントからのメッセージ：${text}`,
  "sync-paused": ({ window }) =>
    window === null
      ? "同期を一時停止しました"
      : `同期を一時停止しました。転送時間帯は ${window.from}～${window.to} です`,
  "sync-goes-on": () => "同期を続行します",
  "sync-tuned": ({ level, rateBytesPerSecond, loadPercent, checksum }, { format }) =>
    [
      `同期の設定を変更しました：${level === null ? "圧縮なし" : `zstd レベル ${level}`}`,
      rateBytesPerSecond === 0 ? "帯域制限なし" : `毎秒 ${format.bytes(rateBytesPerSecond)}以下`,
      ...(loadPercent === 100 ? [] : [`高負荷時の移行元では ${loadPercent} %`]),
      ...(checksum === undefined ? [] : [checksums[checksum]]),
    ].join("、"),
  "still-written": ({ passes }) =>
    `移行元への書き込みが続いています。${passes} 回目の最後のパスでも変更が見つかりました`,
  "unreadable-zeroed": ({ ranges }) =>
    `移行元に読み取れない範囲が ${ranges} か所ありました。複製ではゼロになっています`,

  "snapshots-made": ({ volumes }, { format }) =>
    `最後のパスのためにスナップショットを作成しました：${format.list(volumes)}`,
  "snapshots-removed": () => "スナップショットを削除しました",
  "no-snapshots": ({ why, said }, { remark }) => `スナップショットは使用しません（${remark(said, why)}）`,
  "snapshots-lost": ({ why, said }, { remark }) =>
    `スナップショットが失われたため、スナップショットなしでディスクをコピーし直します（${remark(said, why)}）`,
  "read-as-it-is": ({ mountPoint, why, said }, { remark }) =>
    `${mountPoint} はそのままの状態で読み取ります（${remark(said, why)}）`,
  frozen: ({ mountPoints }, { format }) =>
    `最後のパスのために書き込みを停止しました：${format.list(mountPoints)}`,
  thawed: ({ seconds }) => `${seconds.toFixed(1)} 秒後に書き込みを再開しました`,
  "held-still-note": ({ text, said }, { remark }) => `移行元の静止について：${remark(said, text)}`,
  "hook-done": ({ when, number, count }) =>
    `最後のパスの${when === "before" ? "前" : "後"}のフック ${number}/${count} が完了しました`,

  "copying-differing": () => "前回の検証で異なっていた範囲をもう一度コピーします",
  "conversion-off": () => "変換は無効です。複製をそのまま使用します",
  "old-layout-names": () => "システム内のファイルは元の構成を参照したままです。起動しない可能性があります",
  converted: ({ step, what, said }, { conversionStep, remark }) =>
    `変換（${conversionStep(step)}）：${remark(said, what)}`,
  "conversion-note": ({ text, said }, { remark }) => `変換についての注意：${remark(said, text)}`,
  "laid-out": ({ mountPoint, entries, bytes }, { format }) =>
    `${mountPoint}：${format.integer(entries)} 件、${format.bytes(bytes)}を新しい構成に移しました`,
  "boot-check-off": () => "起動の検証は無効です。起動するかどうかはまだ分かりません",
  "boots-after-repair": ({ remedy, step }, { conversionStep }) =>
    `修復後に起動しました：${step == null ? remedy : conversionStep(step)}`,
  "boots-degraded": ({ evidence, found = [] }, { remark }) =>
    `起動しましたが、一部に問題があります：${found.length === 0 ? evidence : found.map(({ what, said }) => remark(said, what)).join("。")}`,
  "old-images-removed": ({ count }) => `以前の実行のイメージを ${count} 個削除しました`,
  "image-delivered": ({ id, name, region }) => `イメージがクラウドにあります：${region} の ${id} (${name})`,
  "receipt-signed": ({ path }) => `移行証明書に署名しました：${path}`,
};
