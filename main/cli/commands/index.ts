import type { Command } from "../command.ts";
import { assessCommand } from "./assess.ts";
import { cloudCommands } from "./cloud.ts";
import { completionCommand } from "./completion.ts";
import { cutoverCommands } from "./cutover.ts";
import { demoCommand } from "./demo.ts";
import { doctorCommand, windowsDoctorCommand } from "./doctor.ts";
import { instanceCommands } from "./instance.ts";
import { jobCommands } from "./job.ts";
import { layoutCommand } from "./layout.ts";
import { migrateCommand } from "./migrate.ts";
import { serveCommand } from "./serve.ts";
import { receiptCommands } from "./receipt.ts";
import { snapshotCommands } from "./snapshot.ts";
import { sourceCommands } from "./source.ts";
import { startCommand } from "./start.ts";
import { versionCommand } from "./version.ts";

export const commands: readonly Command[] = [
  ...sourceCommands,
  assessCommand,
  layoutCommand,
  migrateCommand,
  ...jobCommands,
  ...snapshotCommands,
  ...receiptCommands,
  ...instanceCommands,
  ...cutoverCommands,
  ...cloudCommands,
  demoCommand,
  doctorCommand,
  windowsDoctorCommand,
  serveCommand,
  startCommand,
  versionCommand,
  completionCommand(() => commands),
];
