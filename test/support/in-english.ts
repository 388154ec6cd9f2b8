import { told } from "../../common/domain/report-text/told.ts";
import type { Saying } from "../../common/result.ts";

/** A sentence that nobody reads but tests and the people who run the lab. */
export const inEnglish = (text: string): Saying => told({ kind: "tool-said", text });
