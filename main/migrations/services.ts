import type { Receipt } from "../../common/domain/receipt.ts";
import type { Facts } from "../../common/domain/facts.ts";
import type { Finding } from "../../common/domain/finding.ts";
import type { Source } from "../../common/domain/source.ts";
import type { LocalTarget, Target } from "../../common/domain/plan.ts";
import type { PortFindings } from "../../common/domain/port-finding.ts";
import type { Result } from "../../common/result.ts";
import type { SourceSession, WindowsSession } from "../remote/contract.ts";
import type { Authority } from "../pki/authority.ts";
import type { TargetAdapter } from "../targets/contract.ts";

/** Where the agent was put on a source. */
export interface AgentPlacement {
  readonly directory: string;
  readonly agentPath: string;
}

export interface AgentPresence extends AgentPlacement {
  readonly running: boolean;
  /** The last error in the agent's own words; null where there is none. */
  readonly lastError: string | null;
}

/** What a migration does with the agent over a session; implemented by main/remote. */
export interface AgentControl {
  place(session: SourceSession, jobId: string, signal: AbortSignal): Promise<Result<AgentPlacement>>;
  launch(session: SourceSession, placement: AgentPlacement, launchDocument: Buffer): Promise<Result<void>>;
  /** Null where the job has no agent directory on the source. */
  find(session: SourceSession, jobId: string): Promise<Result<AgentPresence | null>>;
  stop(session: SourceSession, placement: AgentPlacement): Promise<Result<void>>;
  /** Stops the agent and removes exactly the job's own directory. Fine where nothing is left. */
  remove(session: SourceSession, jobId: string): Promise<Result<void>>;
  /** The disks of a Windows source as the placed agent sees them: WMI rounds their sizes, the agent does not. */
  listWindowsDisks(
    session: WindowsSession,
    placement: AgentPlacement,
  ): Promise<Result<readonly { readonly path: string; readonly sizeBytes: number }[]>>;
}

/** What preflight needs to know of a source. */
export interface SourceSurvey {
  readonly hostName: string | null;
  readonly firmware: "bios" | "uefi" | null;
  readonly memoryBytes: number | null;
  readonly operatingSystem: string | null;
  readonly architecture: string | null;
  readonly platform: "linux" | "windows" | "other" | null;
  readonly findings: readonly Finding[];
  /** All of it: what file replication plans its layout by. */
  readonly facts: Facts;
  /** Fixed disks that may be migrated. */
  readonly disks: readonly { readonly path: string; readonly sizeBytes: number }[];
}

/** A signed receipt on the assistant's machine. */
export interface IssuedReceipt {
  readonly path: string;
  /** Of the file. */
  readonly sha256: string;
  /** SHA-256 of the authority's certificate, as receipts are compared by. */
  readonly authorityFingerprint: string;
  readonly text: string;
}

/** Signs receipts and keeps them; implemented by main/receipts. */
export interface ReceiptIssuer {
  /** Where the receipt of a job's run is kept. */
  pathOf(jobId: string, run: number): string;
  /** Issuing again replaces what was there, whole. */
  issue(receipt: Receipt): Promise<Result<IssuedReceipt>>;
  /** Removes the file that `pathOf` named. Fine where it is gone. */
  discard(path: string): Promise<Result<void>>;
}

/** Everything outside main/migrations that a migration uses, as contracts. */
export interface MigrationServices {
  connect(source: Source, signal: AbortSignal): Promise<Result<SourceSession>>;
  readonly agents: AgentControl;
  survey(session: SourceSession, source: Source, signal: AbortSignal): Promise<Result<SourceSurvey>>;
  /** From the source's side: can it open a TCP connection? Null where the source has no means to try. */
  reaches(session: SourceSession, host: string, port: number): Promise<Result<boolean | null>>;
  targetFor(target: Target): TargetAdapter;
  /** Whether an intermediate of this machine could listen now. */
  lookAtPorts(target: LocalTarget): Promise<PortFindings>;
  /** Folder with the exclude lists that the product brings along. */
  readonly excludesDirectory: string;
  readonly authority: Authority;
  readonly receipts: ReceiptIssuer;
  readonly clock: () => number;
  /**
   * Milliseconds since the machine started, its sleep included. Lengths of time are told by this: the clock may be set
   * while a job runs.
   */
  readonly sinceBoot: () => number;
  /** Resolves after `ms`, or at once when `signal` aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
