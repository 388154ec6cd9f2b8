import { useEffect, useMemo } from "react";
import type { JobView } from "../../common/api/procedures.ts";
import { useActions, useApp } from "../store/use-app.tsx";

/** The whole of a job, kept up to date while it is shown; undefined until it was read, or where there is none. */
export function useJob(id: string): JobView | undefined {
  const { watchJob } = useActions();
  const connection = useApp((state) => state.connection);
  const row = useApp((state) => state.jobs.get(id));
  const details = useApp((state) => state.jobDetails.get(id));
  useEffect(() => (connection === "open" ? watchJob(id) : undefined), [watchJob, id, connection]);
  return useMemo(
    () => (row === undefined || details === undefined ? undefined : { ...details, ...row }),
    [row, details],
  );
}
