import { useEffect, useState } from "react";
import type { ProcedureInput } from "../../common/api/procedures.ts";
import type { PortFindings } from "../../common/domain/port-finding.ts";
import { useActions, useApp } from "../store/use-app.tsx";

/** Ports are asked about when typing has come to rest. */
const restMs = 300;

/** Whether an intermediate could listen there on the engine's machine; null while that is not known, or not asked. */
export function usePortFindings(wish: ProcedureInput<"target.ports"> | null): PortFindings | null {
  const { call } = useActions();
  const connection = useApp((state) => state.connection);
  const [answer, setAnswer] = useState<{ readonly key: string; readonly found: PortFindings } | null>(null);
  const key = wish === null ? "" : JSON.stringify(wish);
  useEffect(() => {
    if (key === "" || connection !== "open") return undefined;
    let isWanted = true;
    const timer = setTimeout(() => {
      const asked = JSON.parse(key) as ProcedureInput<"target.ports">;
      void call("target.ports", asked, { isQuiet: true }).then((given) => {
        if (isWanted && given.ok) setAnswer({ key, found: given.value });
      });
    }, restMs);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [call, key, connection]);
  return answer?.key === key ? answer.found : null;
}
