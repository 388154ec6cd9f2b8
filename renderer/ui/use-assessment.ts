import { useEffect } from "react";
import type { StoredAssessment } from "../../common/api/assessment-procedures.ts";
import { useActions, useApp } from "../store/use-app.tsx";

/** The latest whole assessment of a source (or of the server that a bundle is of); null until it was read. */
export function useAssessment(key: string): StoredAssessment | null {
  const { readAssessment } = useActions();
  const id = useApp((state) => state.assessments.get(key)?.id);
  const stored = useApp((state) => (id === undefined ? undefined : state.assessmentDetails.get(id)));
  useEffect(() => {
    if (id !== undefined) void readAssessment(id);
  }, [id, readAssessment]);
  return stored ?? null;
}
