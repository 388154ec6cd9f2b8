/** What is wrong with an entry. */
import { assertNever } from "../../../result.ts";
import type { entryRemarks } from "../../entry-remarks.ts";
import type { RemarkTexts } from "../remark-texts.ts";

export const entries: Pick<RemarkTexts, keyof typeof entryRemarks> = {
  "host-missing": () => "the host is missing",
  "host-wrong": ({ text, problem }) => {
    switch (problem) {
      case "too-long":
        return `"${text}" is longer than the 253 characters that a host name may have`;
      case "character":
        return `"${text}" is no host name: it has letters, digits, hyphens and dots`;
      case "label":
        return `"${text}" is no host name: each part between dots has 1 to 63 characters and no hyphen at either end`;
      case "ipv4":
        return `"${text}" is no IPv4 address: that is four numbers from 0 to 255`;
      case "ipv6":
        return `"${text}" is neither an IPv6 address nor HOST:PORT`;
      default:
        return assertNever(problem);
    }
  },
  "login-name-wrong": ({ problem }) => {
    switch (problem) {
      case "empty":
        return "the user before the @ is missing";
      case "too-long":
        return "a user name has at most 256 characters";
      case "space":
        return "a user name has no space in it";
      case "colon":
        return "a user name has no colon in it; passwords belong into a credential profile";
      case "character":
        return "the user name has invisible characters in it";
      default:
        return assertNever(problem);
    }
  },
  "port-wrong": ({ text }) => `"${text}" is no port: that is a number from 1 to 65535`,
  "name-is-address": ({ text }) =>
    `"${text}" reads like a second address: give each server a line of its own`,
};
