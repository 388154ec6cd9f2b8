import { Button } from "@mantine/core";
import { useActions, useApp, useBusy } from "../../store/use-app.tsx";
import { useTexts } from "../../texts/use-texts.ts";
import { Section } from "../../ui/page.tsx";

/** What to do with the demo source while it runs: migrate it, and end it. */
export function DemoPanel() {
  const { start } = useTexts();
  const { open, resetDraft, setDraft, stopDemo } = useActions();
  const demo = useApp((state) => state.demo);
  const isKnown = useApp((state) => demo?.name === "running" && state.sources.has(demo.sourceId));
  const isBusy = useBusy("demo");
  if (demo?.name !== "running") return null;
  const { sourceId, sourceName } = demo;
  return (
    <Section title={start.demoRuns}>
      <p role="status">{start.demoReady(sourceName)}</p>
      <div className="row">
        <Button
          disabled={!isKnown}
          onClick={() => {
            resetDraft();
            setDraft({ sources: [sourceId], step: "check" });
            open({ screen: "wizard" });
          }}
        >
          {start.demoMigrate(sourceName)}
        </Button>
        <Button variant="default" loading={isBusy} onClick={() => void stopDemo()}>
          {start.demoEnd}
        </Button>
      </div>
    </Section>
  );
}
