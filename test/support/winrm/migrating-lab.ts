/** An assistant whose one source is a Windows machine of a test, for whole migrations in this process. */
import { copyFileSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { JobView } from "../../../common/api/procedures.ts";
import { findingCodes } from "../../../common/domain/finding-parameters.ts";
import { unwrap } from "../../../common/result.ts";
import { Secret } from "../../../common/secret.ts";
import { createAssistant, type Assistant } from "../../../main/assistant.ts";
import { projectDirectory } from "../run-sma.ts";
import { freePort } from "../sshd/sshd.ts";
import { administrator, httpAddress, type WinrmLab } from "./lab.ts";

export interface MigratingLab {
  readonly assistant: Assistant;
  /** Makes a job for `disk`, runs it to its end, and gives it. */
  migrate(disk: string): Promise<JobView>;
  close(): Promise<void>;
}

/** `agent` is taken for the build for 64-bit Windows. */
export async function startMigratingLab(lab: WinrmLab, folder: string, agent: string): Promise<MigratingLab> {
  const resources = join(folder, "resources");
  mkdirSync(join(resources, "agents", "windows-x86_64"), { recursive: true });
  copyFileSync(agent, join(resources, "agents", "windows-x86_64", "sma-agent.exe"));
  symlinkSync(join(projectDirectory, "resources", "collectors"), join(resources, "collectors"));
  const assistant = unwrap(
    await createAssistant({
      stateDirectory: join(folder, "state"),
      resourcesDirectory: resources,
      intermediateCommand: [process.execPath, join(projectDirectory, "intermediate", "index.ts")],
      decideHostKey: async () => false,
      vault: null,
      vaultPassphrase: null,
      clock: Date.now,
    }),
  );
  const passwordEntry = "source/win/password";
  unwrap(await assistant.vault.put(passwordEntry, new Secret(administrator.password)));
  const address = httpAddress(lab);
  const authentication = { ...address.authentication, method: "negotiate", passwordEntry } as const;
  unwrap(
    await assistant.call("source.add", { name: "win", tags: [], address: { ...address, authentication } }),
  );
  const [controlPort, dataPort] = [await freePort(), await freePort()];
  return {
    assistant,
    async migrate(disk) {
      const choices = {
        diskPaths: [disk],
        directory: join(folder, "target"),
        listenAddress: "127.0.0.1",
        controlPort,
        dataPort,
        imageFormats: ["raw"] as ["raw"],
        bootCheck: false,
        conversion: { enabled: false },
        acceptedFindings: [...findingCodes],
      };
      const job = unwrap(await assistant.call("job.create", { source: "win", choices }));
      return unwrap(await assistant.call("job.run", { job: job.id }));
    },
    close: () => Promise.resolve(assistant.close()),
  };
}
