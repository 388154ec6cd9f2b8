import { inEnglish } from "../in-english.ts";
import { fail } from "../../../common/result.ts";
import type { TaskImplementations } from "../../../intermediate/tasks/implementations.ts";

/** For daemons whose test is not about images. */
export const noTasks: TaskImplementations = {
  conversionUnavailable: async () => null,
  convert: async () =>
    fail("tool-missing", inEnglish("this intermediate cannot convert"), { task: "convert" }),
  buildImages: async () =>
    fail("tool-missing", inEnglish("this intermediate cannot build images"), { task: "image" }),
  layoutUnavailable: async () => null,
  makeLayout: async () =>
    fail("tool-missing", inEnglish("this intermediate cannot make layouts"), { task: "layout" }),
  checkBoot: async () =>
    fail("tool-missing", inEnglish("this intermediate cannot boot images"), { task: "boot-check" }),
};
