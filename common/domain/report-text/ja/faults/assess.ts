import type { assessFaults } from "../../../faults/assess.ts";
import type { RemarkTexts } from "../../remark-texts.ts";

export const assess: Pick<RemarkTexts, keyof typeof assessFaults> = {
  "bundle-too-large": ({ name, bytes, most }, { format }) =>
    `${name} は ${format.bytes(bytes)} あり、収集ファイルの上限 ${format.bytes(most)} を超えています`,
  "bundle-empty": ({ name }) => `${name} は空です`,
  "bundle-nested": ({ name, depth, most }) =>
    `${name} の入れ子が ${depth} 段あり、上限の ${most} 段を超えています`,
  "bundle-format-unknown": ({ name, format }) =>
    `${name} の形式 ${format} には対応していません（対応する形式：1）`,
  "collect-with-this-version": () =>
    "このバージョンの収集スクリプトで収集し直すか、作成したバージョンで読み込んでください。",
  "bundle-sealed-elsewhere": ({ name, key }) =>
    `${name} は別のインストールの鍵（${key}）で暗号化されています`,
  "open-with-its-assistant": () =>
    "その公開鍵のアシスタントで開くか、このアシスタントの鍵で収集し直してください。",
  "sealed-too-large": ({ name }) => `${name}：暗号化された収集ファイルが上限より大きくなっています`,
  "sealing-unknown": ({ name, text }) => `${name} の暗号化方式には対応していません：${text}`,
  "sealed-key-damaged": ({ name }) => `${name}：暗号化された鍵がないか、破損しています`,
  "sealed-data-damaged": ({ name }) => `${name}：暗号化されたデータがないか、破損しています`,
  "sealed-key-not-opened": ({ name }) => `${name}：暗号化された鍵を、このインストールの鍵で開けません`,
  "sealed-data-altered": ({ name }) => `${name}：暗号化されたデータが改ざんされたか、途中で切れています`,
  "config-no-json": ({ where }) => `${where} は JSON ではありません`,
  "look-for-comma": () => "そこに余分なカンマや足りない引用符がないか確認してください。",
  "field-contradicts": ({ file, field }) => `${file} のフィールド ${field} が、異なる値で 2 回書かれています`,
  "field-not-the-clients": ({ file, field }) =>
    `${file} のフィールド ${field} が、クライアントの書き方と異なります`,
  "collector-wrote-nothing": ({ source, status }) =>
    `${source} で収集スクリプトがファイルを出力しませんでした（終了コード ${status}）`,
  "text-too-long": ({ name, most }, { format }) => `${name} が ${format.integer(most)} 文字を超えています`,
  "output-of-no-tool": ({ name }) => `${name}：対応しているツールの出力ではありません`,
  "say-which-command": () => "どのコマンドまたはファイルの出力かを選ぶか、収集ファイルを作成してください。",
  "nothing-known-in-it": ({ file }) => `${file}：収集ファイルでも、対応しているツールの出力でもありません`,
  "client-settings": ({ file }) => `${file} は移行クライアントの設定ファイルで、マシンの情報ではありません`,
  "collect-on-server": () => "サーバー上で収集スクリプトを実行して、収集ファイルを作成してください。",
  "client-log": ({ file, line, keyword, advice }) =>
    `${file} の ${line} 行目：移行クライアントのログまたは状態で、マシンの情報ではありません。「${keyword}」とあります：${advice}`,
  "follow-advice-and-collect": () =>
    "メッセージの助言に従い、サーバー上で収集スクリプトを実行して収集ファイルを作成してください。",
  "zip-archive": () => "ZIP アーカイブ",
  "compressed-by-gzip": () => "gzip で圧縮されたファイル",
  "compressed-by-xz": () => "xz で圧縮されたファイル",
  "compressed-by-bzip2": () => "bzip2 で圧縮されたファイル",
  "compressed-by-zstd": () => "zstd で圧縮されたファイル",
  "seven-zip-archive": () => "7-Zip アーカイブ",
  "rar-archive": () => "RAR アーカイブ",
  "is-packed": ({ file, what }, { tell }) => `${file} は${tell(what)}です`,
  "unpack-it": () => "展開して、中にあるファイルを指定してください。",
  "lines-before-bundle": ({ file, lines, first }, { format }) =>
    `${file}：収集ファイルの内容の前に ${format.integer(lines)} 行あります（内容は ${first} 行目から）`,
  "remove-what-stands-before": () =>
    "最初の波かっこより前にあるもの（ログインシェルの挨拶や ssh の警告）を削除してください。収集スクリプトの出力は、サーバー上のファイルに書き込んでください。",
  "no-such-path": ({ path }) => `${path} というファイルまたはフォルダーはありません`,
  "neither-file-nor-folder": ({ path }) => `${path} はファイルでもフォルダーでもありません`,
  "folder-unread": ({ path }) => `フォルダー ${path} を読めません`,
  "folder-without-bundle": ({ path }) => `フォルダー ${path} に収集ファイル（*.json）がありません`,
  "path-unread": ({ path }) => `${path} を読めません`,
  "live-hosts-not-here": ({ line }) => `${line} 行目の host：ここでは稼働中のホストを評価できません`,
  "file-larger-than-bundle": ({ file, most }, { format }) =>
    `${file} は収集ファイルの上限 ${format.bytes(most)} を超えています`,
  "assessing-failed": ({ file, text }) => `${file} を評価できませんでした：${text}`,
  "assessing-takes-memory": ({ file, most }) => `${file} の評価には ${most} MiB を超えるメモリーが必要です`,
  "assessing-process-ended": ({ file, how }) => `${file} を評価していたプロセスが終了しました（${how}）`,
  "assessing-too-slow": ({ file, seconds }) => `${file} を ${seconds} 秒以内に評価できませんでした`,
  "csv-empty": ({ file }) => `${file} は空です`,
  "column-twice": () => "が 2 回あります",
  "column-unknown": () => "は既知の列ではありません",
  "csv-column-wrong": ({ file, line, field, column, why }, { tell }) =>
    `${file} の ${line} 行目、フィールド ${field}：「${column}」${tell(why)}`,
  "use-columns": ({ columns }, { format }) => `次の列を使ってください：${format.list(columns)}。`,
  "csv-without-key-column": ({ file, line }) => `${file} の ${line} 行目：bundle 列も host 列もありません`,
  "csv-too-long": ({ file, most }, { format }) => `${file} の行数が ${format.integer(most)} を超えています`,
  "csv-value-twice": ({ file, line, field, value, other }) =>
    `${file} の ${line} 行目、${field}：「${value}」は ${other} 行目にもあります`,
  "remove-one-line": () => "どちらかの行を削除してください。",
  "csv-field-wrong": ({ file, line, field, why }, { tell }) =>
    `${file} の ${line} 行目、${field}：${tell(why)}`,
  "quote-not-closed": () => "引用符が閉じられていません",
  "too-many-fields": ({ count, most }) => `フィールドが ${count} 個ありますが、1 行目の列は ${most} 個です`,
  "neither-bundle-nor-host": () => "bundle も host も指定されていません",
  "bundle-and-host": () => "bundle と host の両方が指定されています",
  "no-port-number": ({ given }) => `「${given}」はポート番号ではありません`,
  "no-positive-number": ({ given }) => `「${given}」は正の数ではありません`,
  "array-element-wrong": ({ file, element, why }, { tell }) => `${file} の要素 ${element}：${tell(why)}`,
  "no-whole-array": () => "JSON の配列ではないか、途中で切れています",
  "no-json": () => "JSON として正しくありません",
  "no-browser-for-pdf": () => "PDF の作成に使う Chromium、Chrome、Edge のいずれも見つかりません",
  "install-browser": () =>
    "いずれかをインストールするか（Debian：`apt-get install chromium fonts-noto-cjk`）、HTML で書き出してブラウザーから印刷してください。結果は同じです。",
  "printing-stopped": () => "印刷を取り消しました",
  "pdf-not-made": () => "ブラウザーが PDF を作成しませんでした",
  "assessment-stopped": () => "評価を取り消しました",
  "report-unwritten": ({ text }) => `レポートを書き込めません：${text}`,
  "not-assessed-yet": () => "この移行元はまだ評価されていません",
  "assess-first": () => "先に評価してください。",
  "no-assessment": ({ id }) => `評価 ${id} はありません`,
  "assessment-of-other-version": () => "この評価は別のバージョンで保存されたため、読み込めません",
  "assess-again": () => "移行元をもう一度評価してください。",
  "assessment-broke-off": ({ text }) => `評価が失敗しました：${text}`,
  "no-collector": ({ id }) => `収集スクリプト ${id} はありません`,
  "no-time-zone": ({ zone }) => `タイムゾーン ${zone} はありません`,
  "nothing-to-report": () => "レポートにする評価がありません",
  "assess-or-import-first": () => "先に移行元を評価するか、収集ファイルを取り込んでください。",
  "bundle-field-twice": ({ name, field }) => `${name}：${field} が、異なる値で 2 回書かれています`,
  "bundle-field-wrong": ({ name, field, why }, { tell }) => `${name} の ${field}：${tell(why)}`,
  "bundle-no-bundle": ({ name, why }, { tell }) => `${name} は収集ファイルの形式ではありません：${tell(why)}`,
  "no-json-in-line": ({ name, why, encoding, line }, { tell }) =>
    `${name}：${tell(why)}（${encoding} として読み取り、${line} 行目）`,
  "no-json-at-all": ({ name, why, encoding }, { tell }) =>
    `${name}：${tell(why)}（${encoding} として読み取り）`,
  "client-settings-with-keys": ({ file }) =>
    `${file} は移行クライアントの設定ファイルで、マシンの情報ではありません。クラウドアカウントのキーを含むため、他人に渡さないでください`,
  "array-field-wrong": ({ file, element, field, why }, { tell }) =>
    `${file} の要素 ${element}、${field}：${tell(why)}`,
  "something-follows": () => "文書の終わりの後に余分な内容があります",
  "remove-what-follows": () =>
    "最後の波かっこより後の内容（別のプログラムの出力、ゼロの埋め草、別の収集ファイルなど）を削除してください。別の収集ファイルは独立したファイルにしてください。",
  "cut-short-nothing-whole": () => "ファイルが途中で切れていて、完全な部分がありません",
  "cut-short": ({ files, outputs, last }, { format }) =>
    `ファイルが途中で切れています。完全なのはファイル ${format.integer(files)} 個とコマンド出力 ${format.integer(outputs)} 個（${last} まで）です`,
  "carry-over-again": () => "ファイルをもう一度持ち込むか、収集し直してください。残りの部分が必要です。",
  "not-json": ({ text }) => `JSON ではありません：${text}`,
};
