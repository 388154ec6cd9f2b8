import { unwrap } from "../../../common/result.ts";
import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";

const marks = { ok: "ok      ", limited: "limited ", missing: "missing " } as const;

export const doctorCommand: Command = {
  name: "doctor",
  operands: "",
  summary: "say what this machine can and cannot do",
  options: {},
  async run({ assistant, terminal, signal }) {
    const diagnoses = unwrap(await (await assistant()).call("doctor", {}, signal));
    for (const { title, verdict, detail, remedy } of diagnoses) {
      terminal.print(`${marks[verdict]} ${title}: ${detail}`);
      if (remedy !== null) terminal.print(`         ${remedy}`);
    }
    terminal.printJson(diagnoses);
    return diagnoses.some(({ verdict }) => verdict === "missing") ? exitCodes.blocked : exitCodes.done;
  },
};
