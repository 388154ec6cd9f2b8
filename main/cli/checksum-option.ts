import { checksumPolicies, type Tuning } from "../../common/api/intermediate.ts";
import { choice, type CommandOption, type OptionValues } from "./command.ts";

export const checksumOption = {
  type: "string",
  value: "POLICY",
  choices: checksumPolicies,
  description:
    "when what arrives is hashed: arrival, before it is written; proof, when the replica is read back at the end; automatic, on arrival while the intermediate's processors have room",
} as const satisfies CommandOption;

/** `--checksum` as a part of a tuning. */
export function checksumFrom(options: OptionValues): Pick<Tuning, "checksum"> {
  const checksum = choice(options, "checksum", checksumPolicies);
  return checksum === undefined ? {} : { checksum };
}
