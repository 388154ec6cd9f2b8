import { reportEntry } from "../../common/domain/report.ts";
import type { ReportContext, ReportSink } from "./report-sink.ts";
import type { TextOutput } from "./text-output.ts";

/** One JSON array, an entry a line: readable by programs as a whole, and by people with a pager. */
export function createJsonReport(output: TextOutput, context: ReportContext): ReportSink {
  let count = 0;
  return {
    async write(input) {
      await output.write(`${count === 0 ? "[\n" : ",\n"}${JSON.stringify(reportEntry(input, context))}`);
      count++;
    },
    async finish() {
      await output.write(count === 0 ? "[]\n" : "\n]\n");
    },
  };
}
