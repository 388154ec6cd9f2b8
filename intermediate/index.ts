/** Entry point of the daemon: start document on standard input, one line of JSON on standard output, then the log. */
import { told } from "../common/domain/report-text/told.ts";
import "./small-heap.ts";
import { failure, type Failure } from "../common/result.ts";
import { intermediateStartSchema } from "../common/api/intermediate.ts";
import { checkBoot } from "./boot-check/check-boot.ts";
import { conversionUnavailable } from "./conversion/availability.ts";
import { convert } from "./conversion/convert.ts";
import { helperUnavailable } from "./layout/helper-machine.ts";
import { makeLayout } from "./layout/make-layout.ts";
import { buildImages } from "./image/build-images.ts";
import { startIntermediate } from "./intermediate.ts";
import { watchProcessors } from "./processor-room.ts";
import { fileLogger, type Logger } from "./log/log.ts";
import { parse } from "./server/admin-api.ts";
import { defaultSettings } from "./settings.ts";

const help = `intermediate - receives the disks of source servers

Usage: node intermediate/index.ts < start-document.json

Reads one JSON document from standard input to its end:
  dataDirectory         folder for replicas and images; made when missing, used by one intermediate at a time
  listenAddress         address to listen on, e.g. 0.0.0.0
  controlPort, dataPort usually 8080 and 8703; 0 takes a free one
  installation          id of the assistant's installation
  caPem                 the installation's CA
  certificatePem,keyPem the intermediate's own certificate and key (OU sma-intermediate, CN installation)
  writeBytesPerSecond   optional limit for the data disks; 0 for none
  idleEndSeconds        optional: ends when for so long nothing was to do; 0 for never

Prints {"ready":true,"controlPort":…,"dataPort":…,"pid":…} or {"ready":false,"failure":…} (exit status 1) and goes on
in the foreground, logging to <dataDirectory>/intermediate.log. SIGTERM and SIGINT end it cleanly.
`;

async function readStandardInput(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function refuse(reason: Failure): void {
  say({ ready: false, failure: reason });
  process.exitCode = 1;
}

function parseDocument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function main(): Promise<void> {
  // The parent may be gone, and its ends of the pipes with it: that must not end a copy.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  process.on("SIGHUP", () => undefined);
  process.on("SIGPIPE", () => undefined);

  const start = parse(intermediateStartSchema, parseDocument(await readStandardInput()), "start");
  if (!start.ok) return refuse(start.failure);
  let logger: Logger | undefined;
  const started = await startIntermediate(start.value, {
    settings: defaultSettings,
    processors: watchProcessors(),
    tasks: {
      conversionUnavailable,
      layoutUnavailable: helperUnavailable,
      makeLayout,
      convert,
      buildImages,
      checkBoot,
    },
    openLog: (path) => (logger = fileLogger(path, () => new Date())),
    now: () => new Date(),
  });
  if (!started.ok) return refuse(started.failure);
  const { controlPort, dataPort, stop, stopped } = started.value;

  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop());
  process.on("uncaughtException", (error) => {
    // A defect: what is acknowledged is durable, so ending loses nothing, and going on might.
    logger?.error("defect", { why: error.stack ?? error.message });
    process.exit(70);
  });
  say({ ready: true, controlPort, dataPort, pid: process.pid });
  await stopped;
  process.exit(0);
}

if (process.argv.includes("--help") || process.argv.includes("-h")) process.stdout.write(help);
else {
  main().catch((error: unknown) => {
    refuse(failure("internal", told({ kind: "step-unexpected", text: String(error) })));
    process.exit(1);
  });
}
