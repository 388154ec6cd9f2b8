import { useEffect, useState } from "react";
import type { JobView, ProcedureOutput } from "../../../common/api/procedures.ts";
import { useActions } from "../../store/use-app.tsx";
import { useTexts } from "../../texts/use-texts.ts";
import { BlockMap } from "../../ui/block-map.tsx";
import { Section } from "../../ui/page.tsx";
import type { JobOutputs } from "./job-outputs.ts";

type BlockMapView = ProcedureOutput<"job.block-map">;

const cellCount = 1_200;
const renewEveryMs = 4_000;

/** By the disk's number. */
type Maps = ReadonlyMap<number, BlockMapView>;
const noMaps: Maps = new Map();
const noDisks: never[] = [];

/** What became of every stretch of the job's disks. */
export function JobBlockMaps({ job, outputs }: { readonly job: JobView; readonly outputs: JobOutputs }) {
  const { monitor } = useTexts();
  const { call } = useActions();
  const disks = outputs.prepared?.disks ?? noDisks;
  const [maps, setMaps] = useState<Maps | null>(null);
  const isRunning = job.isHeld;
  const { id } = job;
  useEffect(() => {
    let isWanted = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      for (const disk of disks) {
        const asked = { job: id, disk: disk.id, cells: cellCount };
        const answer = await call("job.block-map", asked, { isQuiet: true });
        if (!isWanted) return;
        const { value } = answer.ok ? answer : { value: null };
        setMaps((known) =>
          value === null ? (known ?? noMaps) : new Map([...(known ?? []), [disk.id, value]]),
        );
      }
      if (isRunning) timer = setTimeout(() => void read(), renewEveryMs);
    };
    void read();
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [call, id, disks, isRunning]);
  return (
    <Section title={monitor.blockMap}>
      {disks.map(({ id: disk, path }) => {
        const map = maps?.get(disk);
        return map === undefined ? null : (
          <div key={disk} className="stack-tight">
            <h3 className="mono">{path}</h3>
            <BlockMap label={monitor.blockMapOf(path)} cells={map.cells} chunkBytes={map.chunkBytes} />
          </div>
        );
      })}
      {maps?.size === 0 ? <p className="dim">{monitor.noBlockMap}</p> : null}
    </Section>
  );
}
