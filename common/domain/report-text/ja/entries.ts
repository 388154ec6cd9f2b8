/** 入力の誤り。 */
import { assertNever } from "../../../result.ts";
import type { entryRemarks } from "../../entry-remarks.ts";
import type { RemarkTexts } from "../remark-texts.ts";

export const entries: Pick<RemarkTexts, keyof typeof entryRemarks> = {
  "host-missing": () => "ホストがありません",
  "host-wrong": ({ text, problem }) => {
    switch (problem) {
      case "too-long":
        return `「${text}」は長すぎます。ホスト名は 253 文字までです`;
      case "character":
        return `「${text}」はホスト名ではありません。使えるのは文字、数字、ハイフン、ドットです`;
      case "label":
        return `「${text}」はホスト名ではありません。ドットで区切られた各部分は 1～63 文字で、両端にハイフンは置けません`;
      case "ipv4":
        return `「${text}」は IPv4 アドレスではありません。0～255 の数字が 4 つ必要です`;
      case "ipv6":
        return `「${text}」は IPv6 アドレスでも「ホスト:ポート」でもありません`;
      default:
        return assertNever(problem);
    }
  },
  "login-name-wrong": ({ problem }) => {
    switch (problem) {
      case "empty":
        return "@ の前のユーザー名がありません";
      case "too-long":
        return "ユーザー名は 256 文字までです";
      case "space":
        return "ユーザー名に空白は使えません";
      case "colon":
        return "ユーザー名にコロンは使えません。パスワードは認証プロファイルに登録してください";
      case "character":
        return "ユーザー名に見えない文字が含まれています";
      default:
        return assertNever(problem);
    }
  },
  "port-wrong": ({ text }) => `「${text}」はポート番号ではありません。1～65535 の数字が必要です`,
  "name-is-address": ({ text }) => `「${text}」は 2 つ目のアドレスのようです。1 行に 1 台ずつ書いてください`,
};
