import { Anchor } from "@mantine/core";
import { formatRoute } from "../../store/route.ts";
import { useTexts } from "../../texts/use-texts.ts";
import { CopyLine } from "../../ui/copy-line.tsx";
import { Section } from "../../ui/page.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";
import type { JobOutputs } from "./job-outputs.ts";

/** What the images became in the cloud: whoever is asked for it there needs its id, and where to look for it. */
export function DeliveredImage({ job, outputs }: { readonly job: string; readonly outputs: JobOutputs }) {
  const { monitor } = useTexts();
  const delivered = outputs.delivered?.delivered ?? null;
  if (delivered === null) return null;
  const text = monitor.cloudImage;
  return (
    <Section title={text.title}>
      <div>
        <StatusBadge tone="ok">{text.available}</StatusBadge>
      </div>
      <CopyLine text={delivered.imageId} label={text.id} />
      <dl className="facts">
        <dt>{text.name}</dt>
        <dd className="mono">{delivered.imageName}</dd>
        <dt>{text.region}</dt>
        <dd className="mono">{delivered.region}</dd>
        <dt>{text.account}</dt>
        <dd>{delivered.account}</dd>
        <dt>{text.instance}</dt>
        <dd>
          {delivered.instance === null ? (
            text.imageAlone
          ) : (
            <>
              {delivered.instance}{" "}
              <Anchor underline="always" href={formatRoute({ screen: "job-cutover", job })}>
                {text.toCutover}
              </Anchor>
            </>
          )}
        </dd>
      </dl>
    </Section>
  );
}
