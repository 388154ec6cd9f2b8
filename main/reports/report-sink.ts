import type { AssessedInput } from "../../common/domain/report.ts";
import type { Catalogue, Formats } from "../../common/domain/report-text/catalogue.ts";

/** A report in the making. Sources are written one by one; none is kept longer than its own `write`. */
export interface ReportSink {
  write(input: AssessedInput): Promise<void>;
  /** Call once, after the last source. */
  finish(): Promise<void>;
}

/** What every report needs to know about its reader. */
export interface ReportContext {
  readonly catalogue: Catalogue;
  readonly format: Formats;
  /** Milliseconds since 1970. */
  readonly now: number;
}
