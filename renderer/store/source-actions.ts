import type { ProcedureInput } from "../../common/api/procedures.ts";
import type { Source } from "../../common/domain/source.ts";
import type { Act } from "./act.ts";

export function createSourceActions({ store, bridge, call }: Act) {
  const { setState } = store;

  const take = (changed: readonly Source[]) =>
    setState((state) => {
      const sources = new Map(state.sources);
      for (const source of changed) sources.set(source.id, source);
      return { sources };
    });

  const readSources = async (): Promise<boolean> => {
    const answer = await bridge.call("source.list", {});
    if (answer.ok) setState({ sources: new Map(answer.value.map((source) => [source.id, source])) });
    return answer.ok;
  };

  const readCredentials = async (): Promise<void> => {
    const answer = await bridge.call("credential.list", {});
    if (answer.ok) setState({ credentials: answer.value });
  };

  const readHostKeys = async (): Promise<void> => {
    const answer = await bridge.call("host-key.list", {});
    if (answer.ok) setState({ hostKeyQuestions: answer.value });
  };

  return {
    readSources,
    readCredentials,
    readHostKeys,

    async addSource(input: ProcedureInput<"source.add">) {
      const answer = await call("source.add", input, { key: "add source", isQuiet: true });
      if (answer.ok) take([answer.value]);
      return answer;
    },

    async updateSource(input: ProcedureInput<"source.update">) {
      const answer = await call("source.update", input, { key: `update ${input.source}`, isQuiet: true });
      if (answer.ok) take([answer.value]);
      return answer;
    },

    async removeSources(ids: readonly string[]): Promise<void> {
      for (const id of ids) {
        const answer = await call("source.remove", { source: id }, { key: `remove ${id}` });
        // The same reason would come for most of the others, too.
        if (!answer.ok) break;
        setState((state) => {
          const sources = new Map(state.sources);
          sources.delete(id);
          return { sources };
        });
      }
    },

    async tagSources(input: ProcedureInput<"source.tag">): Promise<void> {
      const answer = await call("source.tag", input);
      if (answer.ok) take(answer.value);
    },

    async useCredential(sources: readonly string[], credential: string): Promise<void> {
      const answer = await call("source.use-credential", { sources: [...sources], credential });
      if (answer.ok) take(answer.value);
      await readCredentials();
    },

    async testSource(id: string): Promise<void> {
      const answer = await call("source.test", { source: id }, { key: `test ${id}`, isQuiet: true });
      setState((state) => ({ tests: new Map(state.tests).set(id, answer) }));
    },

    async forgetHostKey(id: string): Promise<void> {
      const answer = await call("source.forget-host-key", { source: id });
      if (answer.ok) take([answer.value]);
    },

    async answerHostKey(id: string, accept: boolean): Promise<void> {
      const answer = await call("host-key.answer", { id, accept }, { key: `host-key ${id}` });
      if (answer.ok)
        setState((state) => ({
          hostKeyQuestions: state.hostKeyQuestions.filter((question) => question.id !== id),
        }));
    },

    async setCredential(input: ProcedureInput<"credential.set">) {
      const answer = await call("credential.set", input, { key: "set credential", isQuiet: true });
      if (answer.ok) await readCredentials();
      return answer;
    },

    async removeCredential(name: string): Promise<void> {
      const answer = await call("credential.remove", { name });
      if (answer.ok) await readCredentials();
    },
  };
}
