import ssh2, {
  type BaseAgent as BaseAgentType,
  type IdentityCallback,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
} from "ssh2";
import { fail, ok, type Result } from "../../../common/result.ts";
import { told } from "../../../common/domain/report-text/told.ts";

const { BaseAgent, createAgent } = ssh2;

type AgentKeyForm = ParsedKey | Buffer | string;

/** One key of a running ssh-agent, presented to ssh2 as an agent that holds nothing else. */
export class SingleKeyAgent extends BaseAgent {
  readonly #agent: BaseAgentType;
  readonly #key: ParsedKey;

  constructor(agent: BaseAgentType, key: ParsedKey) {
    super();
    this.#agent = agent;
    this.#key = key;
  }

  override getIdentities(callback: IdentityCallback): void {
    callback(undefined, [this.#key]);
  }

  override sign(
    key: AgentKeyForm,
    data: Buffer,
    options: SigningRequestOptions,
    callback?: SignCallback,
  ): void;
  override sign(key: AgentKeyForm, data: Buffer, callback: SignCallback): void;
  override sign(
    key: AgentKeyForm,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    if (typeof options === "function") this.#agent.sign(key, data, options);
    else this.#agent.sign(key, data, options, callback);
  }
}

export interface AgentKey {
  readonly key: ParsedKey;
  readonly agent: SingleKeyAgent;
}

/** The keys of the ssh-agent that listens on `socketPath`. */
export function listAgentKeys(socketPath: string): Promise<Result<readonly AgentKey[]>> {
  return new Promise((resolve) => {
    const agent = createAgent(socketPath);
    agent.getIdentities((error, identities) => {
      if (error || identities === undefined) {
        const why =
          error === undefined || error === null
            ? told({ kind: "ssh-agent-no-answer" })
            : told({ kind: "tool-said", text: error.message });
        resolve(
          fail("key-unreadable", told({ kind: "ssh-agent-unusable", socket: socketPath, because: why }), {
            socketPath,
          }),
        );
        return;
      }
      const keys: AgentKey[] = [];
      for (const identity of identities) {
        const parsed: ParsedKey | Error | ParsedKey[] = ssh2.utils.parseKey(identity as ParsedKey);
        const key = Array.isArray(parsed) ? parsed[0] : parsed;
        if (key === undefined || key instanceof Error) continue;
        keys.push({ key, agent: new SingleKeyAgent(agent, key) });
      }
      resolve(ok(keys));
    });
  });
}
