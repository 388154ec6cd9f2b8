import type { Bridge } from "../common/api/bridge.ts";
import type { ProcedureInput, ProcedureName, ProcedureOutput } from "../common/api/procedures.ts";
import type { Result } from "../common/result.ts";

/** Procedures that ask for nothing in particular. */
type Listing = {
  [N in ProcedureName]: Record<string, never> extends ProcedureInput<N> ? N : never;
}[ProcedureName];

/** Asks at once, while the screens are still being loaded: whoever asks first gets the answer that is under way. */
export function readAhead(bridge: Bridge, names: readonly Listing[]): Bridge {
  const answers = new Map<ProcedureName, Promise<Result<unknown>>>(
    names.map((name) => [name, bridge.call(name, {})]),
  );
  return {
    ...bridge,
    call<N extends ProcedureName>(name: N, input: ProcedureInput<N>, signal?: AbortSignal) {
      const ahead = answers.get(name);
      if (ahead === undefined) return bridge.call(name, input, signal);
      answers.delete(name);
      return ahead as Promise<Result<ProcedureOutput<N>>>;
    },
  };
}
