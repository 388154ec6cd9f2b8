import type { Texts } from "../catalogue.ts";
import { common } from "./common.ts";
import { monitor } from "./monitor.ts";
import { settings } from "./settings.ts";
import { shell } from "./shell.ts";
import { start } from "./start.ts";

export const japanese: Texts = { common, shell, start, monitor, settings };
