import { useEffect, useState } from "react";
import type { JobView, RunView } from "../../../common/api/procedures.ts";
import { useActions } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { Section } from "../../ui/page.tsx";

/** The job's runs, newest first; a job with one run has nothing to list. */
export function JobRuns({ job }: { readonly job: JobView }) {
  const { monitor } = useTexts();
  const format = useFormats();
  const { call } = useActions();
  const [runs, setRuns] = useState<readonly RunView[]>([]);
  const { id, run } = job;
  useEffect(() => {
    void call("job.runs", { job: id }, { isQuiet: true }).then((answer) => {
      if (answer.ok) setRuns(answer.value);
    });
  }, [call, id, run.number, run.endedAt]);
  if (runs.length < 2) return null;
  return (
    <Section title={monitor.runs}>
      <table className="results-table">
        <tbody>
          {runs.toReversed().map((each) => (
            <tr key={each.number}>
              <td className="num">{format.integer(each.number)}</td>
              <td>{monitor.runKinds[each.kind]}</td>
              <td>{each.beganAt === null ? "" : format.dateTime(Date.parse(each.beganAt))}</td>
              <td className="num">
                {each.beganAt === null || each.endedAt === null
                  ? ""
                  : format.stopwatch((Date.parse(each.endedAt) - Date.parse(each.beganAt)) / 1000)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
