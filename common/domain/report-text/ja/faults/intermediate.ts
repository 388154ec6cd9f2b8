import type { intermediateFaults } from "../../../faults/intermediate.ts";
import type { RemarkTexts } from "../../remark-texts.ts";
import { taskNames } from "../states.ts";

export const intermediate: Pick<RemarkTexts, keyof typeof intermediateFaults> = {
  "listener-failed": () => "制御用リスナーが失敗しました",
  "folder-in-use": ({ holder, path }) => `別の中間サーバー（プロセス ${holder}）が ${path} を使用しています`,
  "stop-other-intermediate": () => "その中間サーバーを停止するか、別のデータフォルダーで起動してください。",
  "file-gone": ({ path }) => `${path} がありません`,
  "record-unreadable": ({ path, text }) => `${path} を解釈できません：${text}`,
  "delete-and-restart": () => "ジョブを削除して、もう一度開始してください。",
  "no-job": ({ job }) => `ジョブ ${job} はありません`,
  "agent-still-copying": () => "エージェントはまだコピー中です。終わるのを待つか、ジョブを削除してください",
  "too-many-chunks": ({ disk, most }, { format }) =>
    `${disk} のチャンクが ${format.integer(most)} 個を超えます。チャンクを大きくしてください`,
  "disk-size-other": ({ disk, size, planned }) =>
    `${disk} は ${size} バイトですが、計画では ${planned} バイトです`,
  "protocol-broken": ({ count, text }) => `エージェントがプロトコルに ${count} 回違反しました：${text}`,
  "job-of-other-disks": ({ job }) =>
    `ジョブ ${job} は、別のディスクまたは別のチャンクサイズで作成されています`,
  "no-such-disk": ({ disk }) => `ジョブにディスク ${disk} はありません`,
  "run-over": ({ run, now }) => `実行 ${run} は終わっています（実行 ${now} が始まっています）`,
  "task-reads-replica": () => "タスクが複製を読み取り中です。終わるのを待つか、先に取り消してください",
  "sync-resume-instead": ({ phase }) =>
    `同期はまだ終わっていません（${phase}）。新しく始めずに再開してください`,
  "task-uses-overlays": ({ task }) =>
    `「${taskNames[task]}」の処理がオーバーレイを使用しています。終わるのを待つか、先に取り消してください`,
  "sync-not-finished": ({ phase, task }) =>
    `同期が終わっていません（${phase}）。「${taskNames[task]}」には完了した同期が必要です`,
  "ledger-unreadable": ({ path }) => `${path} を台帳として読めません`,
  "remove-job-folder": () => "ジョブのフォルダーを手動で削除してください。",
  "not-all-removed": ({ left }, { format, tell }) =>
    `削除できなかったものがあります：${format.list(left.map(tell))}`,
  "foreign-files-left": ({ path }) =>
    `${path} に、このジョブが作成していないファイルがあります。そのまま残しました`,
  "no-longer-that": ({ path, what }) => `${path} の種類が変わっています（${what} ではありません）`,
  "foreign-files-in": ({ path }) => `${path} に、このジョブが作成していないファイルがあります`,
  "no-leaves-file": ({ path, why }, { tell }) => `${path} は完全なハッシュ一覧ではありません（${tell(why)}）`,
  "get-it-again": () => "もう一度取得してください。",
  "begins-otherwise": () => "先頭が違います",
  "length-wrong": () => "長さが違います",
  "manifest-damaged-why": ({ path, text }) => `${path} は破損しているか、別のディスクのものです：${text}`,
  "chunks-outside": ({ first, count, path }) =>
    `チャンク ${first}+${count} は ${path} のディスクの範囲外です`,
  "chunks-unknown": ({ first, count }) => `チャンク ${first}+${count} は未受信のため、同じとは言えません`,
  "verification-stopped": () => "検証を取り消しました",
  "power-of-two": ({ field }) => `${field}：2 の累乗にしてください`,
  "two-same-disks": ({ field }) => `${field}：同じ ID のディスクが 2 つあります`,
  "no-such-route": ({ method, path }) => `管理 API に ${method} ${path} はありません`,
  "url-no-path": ({ url }) => `${url} はパスではありません`,
  "request-broke-off": ({ request }) => `${request} が予期せず失敗しました`,
  "body-too-long": ({ most }, { format }) => `本文が ${format.bytes(most)} を超えています`,
  "body-did-not-arrive": () => "本文が届きませんでした",
  "body-no-json": () => "本文が JSON ではありません",
  "certificate-unusable": ({ text }) => `certificatePem と keyPem を使えません：${text}`,
  "not-listening": ({ where, text }) => `${where} で待ち受けられません：${text}`,
  "no-delta": ({ path }) => `${path} はこのディスクの差分ではありません`,
  "remove-snapshot": () => "スナップショットを削除してください。",
  "no-snapshot": ({ run }) => `実行 ${run} のスナップショットはありません`,
  "task-stopped": ({ task }) => `「${taskNames[task]}」の処理を取り消しました`,
  "no-image-of-job": ({ path }) => `${path} はこのジョブのイメージではありません`,
  "part-behind-file": () => "ファイルの終わりを超える部分があります",
  "no-images-to-seal": () => "証明書に記載するイメージがまだありません",
  "other-task-runs": ({ task }) => `別の「${taskNames[task]}」の処理が実行中です。先に取り消してください`,
  "no-task-started": ({ task }) => `「${taskNames[task]}」の処理は開始されていません`,
  "task-broke-off": ({ task, text }) => `「${taskNames[task]}」の処理が予期せず失敗しました：${text}`,
  "no-block-device": ({ path }) => `${path} はブロックデバイスではありません`,
  "device-too-small": ({ path, size, needed }, { format }) =>
    `${path} は ${format.bytes(size)} しかなく、${format.bytes(needed)} が必要です`,
  "volume-ends-early": ({ path, at, size }) => `${path} が ${size} バイトより前の ${at} で終わっています`,
  "volume-closed": ({ path }) => `${path} は閉じられています`,
  "range-outside": ({ offset, length, size, path }) =>
    `範囲 ${offset}+${length} は ${path} の ${size} バイトの外です`,
  "no-regular-file": ({ path }) => `${path} は通常のファイルではありません`,
  "replica-size-other": ({ path, size, expected }, { format }) =>
    `${path} は ${format.bytes(size)} です（複製の想定は ${format.bytes(expected)}）`,
  "filesystem-full": ({ path, system, act }) =>
    `${path} のファイルシステムに空きがありません（${act}：${system}）`,
  "act-failed": ({ act, path, text }) => `${path} の操作（${act}）に失敗しました：${text}`,
  "chunk-length-other": ({ chunk, length, said }) =>
    `チャンク ${chunk} は ${length} バイトですが、CHUNK には ${said} とあります`,
  "chunk-packed-too-long": ({ chunk, length }) =>
    `チャンク ${chunk} の圧縮後 ${length} バイトは、必要な上限を超えています`,
  "window-exceeded": ({ most }) => `未確認のチャンクが ${most} 個を超えています`,
  "pass-incomplete": ({ missing }) =>
    `PASS_DONE ですが、このパスのチャンクが ${missing} 個報告されていません`,
  "pass-hash-other": () => "PASS_DONE のツリーハッシュが、報告されたチャンクと一致しません",
  "chunks-twice": ({ frame, first, count }) =>
    `${frame} のチャンク ${first}+${count} に、報告済みのものがあります`,
  "chunks-beyond": ({ frame, first, count, chunks }) =>
    `${frame} のチャンク ${first}+${count} は、${chunks} 個のディスクの範囲外です`,
  "frame-of-other-pass": ({ frame, disk, pass, wantedDisk, wantedPass }) =>
    `${frame} はディスク ${disk} のパス ${pass} のものですが、進行中はディスク ${wantedDisk} のパス ${wantedPass} です`,
  "agent-disk-missing": ({ text }) => `エージェントが移行元のディスクを見つけられません：${text}`,
  "agent-disk-changed": ({ text }) => `エージェントがディスクの変化を検出しました：${text}`,
  "agent-read-error": ({ text }) => `エージェントが移行元のディスクを読めません：${text}`,
  "agent-other-version": ({ text }) =>
    `エージェントがこの中間サーバーのプロトコルに対応していません：${text}`,
  "agent-told-to-stop": ({ text }) => `エージェントが停止の指示を受けました：${text}`,
  "chunk-unpackable": ({ text }) => `エージェントが送ったチャンクを展開できません：${text}`,
  "not-converted-yet": () => "現在の複製はまだ変換されていません",
  "manifest-not-source": ({ disk }) => `${disk} のコピーの記録は複製と一致しますが、移行元と一致しません`,
  "path-not-the-jobs": ({ path }) => `${path} は既にあり、このジョブのものではありません`,
  "no-directory-of-its-own": ({ path }) => `${path} は独立したフォルダーではありません`,
  "path-outside": ({ path, folder }) => `${path} は ${folder} の中にありません`,
};
