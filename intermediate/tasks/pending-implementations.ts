import { fail } from "../../common/result.ts";
import type { TaskImplementations } from "./implementations.ts";

/** Stands in where images and boot checks are not built in. */
export const pendingImplementations: TaskImplementations = {
  buildImages: async () => fail("tool-missing", "this intermediate cannot build images", { task: "image" }),
  checkBoot: async () => fail("tool-missing", "this intermediate cannot boot images", { task: "boot-check" }),
};
