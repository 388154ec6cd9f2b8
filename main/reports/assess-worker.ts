/** A worker thread of the assessment pool: takes tasks, answers results, keeps nothing. */
import { parentPort } from "node:worker_threads";
import { assessBytes, type AssessTask } from "./assess-bytes.ts";

parentPort?.on("message", (task: AssessTask) => parentPort?.postMessage(assessBytes(task)));
