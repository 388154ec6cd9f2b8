import { Button } from "@mantine/core";
import { IconFlask } from "@tabler/icons-react";
import { useActions, useApp, useBusy } from "../store/use-app.tsx";
import { useTexts } from "../texts/use-texts.ts";
import { FailureCard } from "./failure-card.tsx";
import { Remark } from "./remark.tsx";

/** Offers the demo where this installation has one, and says how far it is. */
export function DemoButton() {
  const { start } = useTexts();
  const { startDemo, stopDemo } = useActions();
  const demo = useApp((state) => state.demo);
  const isBusy = useBusy("demo");
  if (demo === null || (demo.name === "idle" && !demo.available) || demo.name === "running") return null;
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconFlask size={16} aria-hidden />}
        loading={isBusy || demo.name === "starting"}
        onClick={() => void startDemo()}
      >
        {start.tryDemo}
      </Button>
      {demo.name === "starting" ? (
        <Button variant="subtle" onClick={() => void stopDemo()}>
          {start.demoEnd}
        </Button>
      ) : null}
      <span role="status" className="dim">
        {demo.name === "starting" ? (
          <>
            {start.demoStarted} {demo.note === null ? null : <Remark told={demo.note} />}
          </>
        ) : null}
      </span>
      {demo.name === "failed" ? <FailureCard failure={demo.failure} /> : null}
    </>
  );
}
