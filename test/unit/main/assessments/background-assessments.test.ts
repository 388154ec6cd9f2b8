import { expect, it } from "vitest";
import type { Source } from "../../../../common/domain/source.ts";
import { fail } from "../../../../common/result.ts";
import { BackgroundAssessments } from "../../../../main/assessments/background-assessments.ts";

it("a source that is removed while it is assessed is not listed as failed for ever", async () => {
  const background = new BackgroundAssessments({
    assess: (_source, _intermediate, signal) =>
      new Promise((resolve) =>
        signal.addEventListener("abort", () => resolve(fail("cancelled", "it was stopped"))),
      ),
    onChange: () => undefined,
  });
  background.start([{ id: "source01" } as Source, { id: "source02" } as Source], null);
  background.forget("source01");
  background.stop(new Set(["source02"]));
  await background.idle();
  expect(background.runs().map(({ sourceId, state }) => [sourceId, state])).toEqual([["source02", "failed"]]);
});
