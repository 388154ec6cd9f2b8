import { inEnglish } from "../../../support/in-english.ts";
import { expect, it } from "vitest";
import type { AssessmentRun } from "../../../../common/api/assessment-procedures.ts";
import type { Source } from "../../../../common/domain/source.ts";
import { fail } from "../../../../common/result.ts";
import { BackgroundAssessments } from "../../../../main/assessments/background-assessments.ts";

it("a source that is removed while it is assessed, or waits for it, is not told of as failed", async () => {
  const told: AssessmentRun[] = [];
  const background = new BackgroundAssessments({
    assess: (_source, _intermediate, signal) =>
      new Promise((resolve) =>
        signal.addEventListener("abort", () => resolve(fail("cancelled", inEnglish("it was stopped")))),
      ),
    onChange: (run) => told.push(run),
  });
  const ids = ["source01", "source02", "source03", "source04", "source05"];
  background.start(
    ids.map((id) => ({ id }) as Source),
    null,
  );
  background.forget("source01");
  background.forget("source05");
  background.stop(null);
  await background.idle();
  const failed = ["source02", "source03", "source04"];
  expect(background.runs().map(({ sourceId, state }) => [sourceId, state])).toEqual(
    failed.map((id) => [id, "failed"]),
  );
  expect(told.flatMap(({ sourceId, state }) => (state === "failed" ? [sourceId] : []))).toEqual(failed);
});
