import type { Remark, Told } from "../remark.ts";
import type { Failure, Saying } from "../../result.ts";
import { failureCatalogue } from "../../failure-codes.ts";
import { english } from "./en/index.ts";
import { createFormats } from "./formats.ts";
import { describeRemark } from "./remark-texts.ts";

const englishFormats = createFormats("en", "UTC");

/** A remark with its English words, as it is kept and sent. */
export const told = (said: Remark): Saying => ({
  what: describeRemark(said, english, englishFormats) ?? said.kind,
  said,
});

/** The same for a progress line. */
export function noted(said: Remark): { readonly note: string; readonly said: Remark } {
  return { note: told(said).what, said };
}

/** What was kept or came from elsewhere; where its words are known in no language but its own, as they are. */
export const relayed = ({ what, said }: Told): Saying =>
  said === undefined ? told({ kind: "tool-said", text: what }) : { what, said };

/** A failure's message, to stand within another remark or failure. */
export const sayingOf = ({ message, said }: Pick<Failure, "message" | "said">): Saying =>
  relayed({ what: message, said: said?.message });

/** A failure's remedy, for another failure; undefined where it is its code's own. */
export const remedyOf = ({ code, remedy, said }: Failure): Saying | undefined =>
  remedy === failureCatalogue[code].remedy ? undefined : relayed({ what: remedy, said: said?.remedy });
