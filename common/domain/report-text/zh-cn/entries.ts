/** 输入有误之处。 */
import { assertNever } from "../../../result.ts";
import type { entryRemarks } from "../../entry-remarks.ts";
import type { RemarkTexts } from "../remark-texts.ts";

export const entries: Pick<RemarkTexts, keyof typeof entryRemarks> = {
  "host-missing": () => "缺少主机",
  "host-wrong": ({ text, problem }) => {
    switch (problem) {
      case "too-long":
        return `“${text}”太长：主机名最多 253 个字符`;
      case "character":
        return `“${text}”不是主机名：只能有字母、数字、连字符和点`;
      case "label":
        return `“${text}”不是主机名：点之间的每一段为 1 到 63 个字符，两端不能是连字符`;
      case "ipv4":
        return `“${text}”不是 IPv4 地址：应为四个 0 到 255 的数字`;
      case "ipv6":
        return `“${text}”既不是 IPv6 地址，也不是“主机:端口”`;
      default:
        return assertNever(problem);
    }
  },
  "login-name-wrong": ({ problem }) => {
    switch (problem) {
      case "empty":
        return "@ 前缺少用户名";
      case "too-long":
        return "用户名最多 256 个字符";
      case "space":
        return "用户名中不能有空格";
      case "colon":
        return "用户名中不能有冒号；密码请放入凭据配置";
      case "character":
        return "用户名中含有不可见字符";
      default:
        return assertNever(problem);
    }
  },
  "port-wrong": ({ text }) => `“${text}”不是端口：应为 1 到 65535 的数字`,
  "name-is-address": ({ text }) => `“${text}”像是第二个地址：每台服务器请单独写一行`,
};
