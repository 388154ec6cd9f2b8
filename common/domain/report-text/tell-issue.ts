/** What zod found wrong with a value, in words of every language. */
import type { z } from "zod";
import type { Told } from "../remark.ts";
import { told } from "./told.ts";

/** The first thing wrong, as a remark; `undefined` where zod named none. */
export function tellIssue(issue: z.core.$ZodIssue | undefined): Told {
  switch (issue?.code) {
    case "invalid_type":
      return told({ kind: "value-type", expected: issue.expected });
    case "too_small":
      return told({ kind: "value-too-small", least: String(issue.minimum) });
    case "too_big":
      return told({ kind: "value-too-large", most: String(issue.maximum) });
    case "invalid_format":
      return told({ kind: "value-format", format: issue.format });
    case "invalid_value":
      return told({ kind: "value-one-of", values: issue.values.map(String) });
    case "unrecognized_keys":
      return told({ kind: "fields-unknown", names: issue.keys });
    default:
      return told({ kind: "value-wrong" });
  }
}
