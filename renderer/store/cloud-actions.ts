import type { ProcedureInput } from "../../common/api/procedures.ts";
import type { Act } from "./act.ts";

/** Accounts of a cloud. Secrets go inwards only. */
export function createCloudActions({ store, bridge, call }: Act) {
  const readCloudAccounts = async (): Promise<void> => {
    const answer = await bridge.call("cloud.account.list", {});
    if (answer.ok) store.setState({ cloudAccounts: answer.value });
  };
  return {
    readCloudAccounts,

    async setCloudAccount(input: ProcedureInput<"cloud.account.set">) {
      const answer = await call("cloud.account.set", input, { key: "set cloud account", isQuiet: true });
      if (answer.ok) await readCloudAccounts();
      return answer;
    },

    testCloudAccount: (account: string) =>
      call("cloud.account.test", { account }, { key: `test cloud account ${account}`, isQuiet: true }),

    async removeCloudAccount(account: string): Promise<void> {
      const answer = await call("cloud.account.remove", { account });
      if (answer.ok) await readCloudAccounts();
    },
  };
}
