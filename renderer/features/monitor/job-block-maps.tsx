import { useEffect, useState } from "react";
import type { JobView, ProcedureOutput } from "../../../common/api/procedures.ts";
import { useActions } from "../../store/use-app.tsx";
import { useTexts } from "../../texts/use-texts.ts";
import { BlockMap } from "../../ui/block-map.tsx";
import { Section } from "../../ui/page.tsx";
import type { JobOutputs } from "./job-outputs.ts";

type Map = ProcedureOutput<"job.block-map">;

const cellCount = 1_200;
const renewEveryMs = 4_000;

/** What became of every stretch of the job's disks. */
export function JobBlockMaps({ job, outputs }: { readonly job: JobView; readonly outputs: JobOutputs }) {
  const { monitor } = useTexts();
  const disks = outputs.prepared?.disks ?? [];
  return (
    <Section title={monitor.blockMap}>
      {disks.map((disk) => (
        <DiskBlocks key={disk.id} job={job} disk={disk.id} path={disk.path} />
      ))}
    </Section>
  );
}

function DiskBlocks({
  job,
  disk,
  path,
}: {
  readonly job: JobView;
  readonly disk: number;
  readonly path: string;
}) {
  const { monitor } = useTexts();
  const { call } = useActions();
  const [map, setMap] = useState<Map | null>(null);
  const isRunning = job.isHeld;
  const { id } = job;
  useEffect(() => {
    let isWanted = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      const answer = await call("job.block-map", { job: id, disk, cells: cellCount }, { isQuiet: true });
      if (!isWanted) return;
      if (answer.ok) setMap(answer.value);
      if (isRunning) timer = setTimeout(() => void read(), renewEveryMs);
    };
    void read();
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [call, id, disk, isRunning]);
  return (
    <div className="stack-tight">
      <h3 className="mono">{path}</h3>
      {map === null ? (
        <p className="dim">{monitor.noBlockMap}</p>
      ) : (
        <BlockMap label={monitor.blockMapOf(path)} cells={map.cells} chunkBytes={map.chunkBytes} />
      )}
    </div>
  );
}
