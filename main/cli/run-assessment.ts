/** `sma assess`: what is assessed, and how it is told. */
import { told } from "../../common/domain/report-text/told.ts";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { AssessedInput } from "../../common/domain/report.ts";
import { catalogues, describeFinding } from "../../common/domain/report-text/languages.ts";
import { languages, type Language } from "../../common/domain/report-text/catalogue.ts";
import { createFormats } from "../../common/domain/report-text/formats.ts";
import { defaultControlPort, defaultDataPort } from "../../common/domain/plan.ts";
import { verdictOf } from "../../common/domain/assessment.ts";
import { failure, FailureError, unwrap } from "../../common/result.ts";
import type { Assistant } from "../assistant.ts";
import { targetLimits } from "../compatibility/target-limits.ts";
import { bundlePrivateKey } from "../inventory/bundle-key.ts";
import { isSealed, openSealedBundle } from "../inventory/bundle-seal.ts";
import { assessInputs } from "../reports/assess-files.ts";
import { readReportIndex } from "../reports/comparison.ts";
import { createChromiumPrinter, findChromium } from "../reports/pdf-printer.ts";
import { streamOutput } from "../reports/text-output.ts";
import { writeReports } from "../reports/write-reports.ts";
import { choice, number, text, UsageError, type CommandContext } from "./command.ts";
import { findOrAddSource } from "./commands/migrate.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { printable } from "./format.ts";
import type { Terminal } from "./terminal.ts";

const targets = Object.keys(targetLimits) as (keyof typeof targetLimits)[];

const dateTimeZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Keeps paths from live sources apart: what exists as a file is a file. */
async function sortOperands(operands: readonly string[]): Promise<{ paths: string[]; live: string[] }> {
  const paths: string[] = [];
  const live: string[] = [];
  for (const operand of operands) {
    const exists = await stat(operand).then(
      () => true,
      () => false,
    );
    const looksLikePath =
      exists || operand.includes("/") || /\.(json|txt|sealed|gz|(sma-)?bundle)$/i.test(operand);
    (looksLikePath ? paths : live).push(operand);
  }
  return { paths, live };
}

async function assessSource(
  context: CommandContext,
  assistant: Assistant,
  source: string,
): Promise<AssessedInput> {
  const host = text(context.options, "intermediate");
  const assessed = await assistant.call(
    "source.assess",
    {
      source,
      intermediate: host === undefined ? null : { host, ports: [defaultControlPort, defaultDataPort] },
    },
    context.signal,
  );
  return assessed.ok
    ? { kind: "assessed", id: source, input: source, assessment: assessed.value }
    : { kind: "failed", id: source, input: source, failure: assessed.failure };
}

/** One that cannot be registered is told like one that cannot be reached: the others are assessed all the same. */
async function assessOperand(
  context: CommandContext,
  assistant: Assistant,
  operand: string,
): Promise<AssessedInput> {
  try {
    return await assessSource(context, assistant, await findOrAddSource(context, assistant, operand));
  } catch (error) {
    const failed = { kind: "failed", id: operand, input: operand } as const;
    if (error instanceof FailureError) return { ...failed, failure: error.failure };
    if (error instanceof UsageError)
      return {
        ...failed,
        failure: failure("input-invalid", told({ kind: "tool-said", text: error.message })),
      };
    throw error;
  }
}

async function* assessEverything(context: CommandContext): AsyncGenerator<AssessedInput> {
  const { paths, live } = await sortOperands(context.operands);
  for (const operand of live) {
    const assistant = await context.assistant();
    context.terminal.status(`assessing ${printable(operand)} …`);
    yield await assessOperand(context, assistant, operand);
  }
  const csvPath = text(context.options, "csv");
  if (paths.length === 0 && csvPath === undefined) return;
  yield* assessInputs(paths, {
    target: targetLimits[choice(context.options, "target", targets) ?? "alibaba-cloud"],
    signal: context.signal,
    ...(csvPath === undefined ? {} : { csvPath }),
    decryptor: {
      isEncrypted: isSealed,
      async decrypt(bytes) {
        const key = await bundlePrivateKey((await context.assistant()).vault);
        return key.ok ? openSealedBundle(bytes, key.value, "sealed bundle") : key;
      },
    },
    async assessHost({ name, host, user, port }) {
      const assistant = await context.assistant();
      const destination = `${user === null ? "" : `${user}@`}${host ?? ""}${port === null ? "" : `:${port}`}`;
      const source = await findOrAddSource(
        { ...context, options: { ...context.options, name } },
        assistant,
        destination,
      );
      return assessSource(context, assistant, source);
    },
  });
}

/** A source on the screen: its verdict, then each finding with what to do. */
function printInput(terminal: Terminal, input: AssessedInput, language: Language): void {
  if (input.kind === "failed") {
    terminal.note(`${printable(input.id)}: not assessed: ${printable(input.failure.message)}`);
    terminal.note(`  ${input.failure.remedy}`);
    return;
  }
  const catalogue = catalogues[language];
  const format = createFormats(language, dateTimeZone());
  const { assessment } = input;
  const { os, support, findings } = assessment;
  const system = os.name ?? [os.distro, os.version].filter((part) => part !== null).join(" ");
  terminal.print(
    `${printable(input.id)}: ${verdictOf(findings)}; ${printable(system || "system unknown")} (${support.tier})`,
  );
  for (const finding of findings) {
    const { title, remedy } = describeFinding(finding, catalogue, format);
    terminal.print(`  ${finding.severity.padEnd(7)}  ${finding.code}: ${printable(title)}`);
    if (finding.severity !== "info") terminal.print(`           ${printable(remedy)}`);
  }
}

/** Assesses what the command line names, writes the reports that it wants, and gives the exit code. */
export async function runAssessment(context: CommandContext): Promise<number> {
  const { terminal, operands } = context;
  const csvPath = text(context.options, "csv");
  const language = choice(context.options, "lang", languages) ?? "en";
  const earlierPath = text(context.options, "compare");
  const earlier = earlierPath === undefined ? undefined : unwrap(await readReportIndex(earlierPath));
  const [htmlPath, pdfPath, csvOut] = ["html", "pdf", "csv-out"].map((name) => text(context.options, name));

  const run = unwrap(
    await writeReports(
      assessEverything(context),
      {
        ...(terminal.json ? { json: streamOutput(process.stdout) } : {}),
        ...(csvOut === undefined ? {} : { csv: csvOut }),
        ...(htmlPath === undefined ? {} : { htmlPath }),
        ...(pdfPath === undefined ? {} : { pdfPath }),
      },
      {
        language,
        timeZone: dateTimeZone(),
        now: Date.now(),
        parallelJobs: number(context.options, "parallel", 1, 1000) ?? 5,
        isSingle: operands.length === 1 && csvPath === undefined,
        printer: createChromiumPrinter(await findChromium()),
        signal: context.signal,
        ...(earlier === undefined ? {} : { earlier }),
        onInput: (input) => printInput(terminal, input, language),
      },
    ),
  );
  for (const path of [htmlPath, pdfPath, csvOut])
    if (path !== undefined) terminal.note(`wrote ${basename(path)}`);
  const { blocked, ready } = run.verdicts;
  if (run.sources > 1) {
    terminal.print(
      `${run.sources} sources: ${ready} ready, ${run.verdicts["needs-attention"]} need attention, ${blocked} blocked, ${run.failures.length} not assessed`,
    );
  }
  if (run.sources === 0) {
    terminal.note("nothing was found to assess");
    return exitCodes.usage;
  }
  // Of several the worst is told; the one that was asked for says itself why it could not be assessed.
  const [only] = run.failures;
  if (run.sources === 1 && only !== undefined) return exitCodeOf(only.failure);
  return blocked > 0 || run.failures.length > 0 ? exitCodes.blocked : exitCodes.done;
}
