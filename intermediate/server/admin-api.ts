import type { SecureContext } from "node:tls";
import { z } from "zod";
import {
  blockMapCellsMost,
  jobIdSchema,
  pauseRequestSchema,
  revokeAgentSchema,
  provisionSchema,
  syncRequestSchema,
  tuningSchema,
  type DaemonStatus,
  type Provision,
} from "../../common/api/intermediate.ts";
import { taskKinds, taskRequestSchema } from "../../common/api/intermediate-tasks.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { tellIssue } from "../../common/domain/report-text/tell-issue.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { Job } from "../jobs/job.ts";
import type { JobStore } from "../jobs/job-store.ts";
import { chunkCount, chunksMost } from "../replica/geometry.ts";

export interface AdminServices {
  readonly jobs: JobStore;
  daemonStatus(): Promise<Result<DaemonStatus>>;
  contextOf(certificatePem: string, keyPem: string): Result<SecureContext>;
  /** Begins the daemon's end; the answer to the request still goes out. */
  shutDown(): void;
}

export interface AdminRequest {
  readonly method: string;
  /** Path without a query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The parsed body; undefined where there was none. */
  readonly body: unknown;
}

interface Route {
  readonly method: string;
  /** Segments; one that begins with `:` is a parameter. */
  readonly path: string;
  handle(request: {
    readonly parameters: Readonly<Record<string, string>>;
    readonly query: Readonly<Record<string, string>>;
    readonly body: unknown;
  }): Promise<Result<unknown>>;
}

const emptySchema = z.object({}).optional();
const numberSchema = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, "a whole number")
    .transform(Number)
    .pipe(z.number().min(least).max(most));
const removeSchema = z.object({ keepImages: z.boolean() });
const taskKindSchema = z.enum(taskKinds);
const receiptSchema = z.object({ text: z.string().min(1).max(8_388_608) });

/** Parses a body or parameter; `input-invalid` names the first field that is wrong. */
export function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): Result<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  const field = [what, ...(issue?.path ?? [])].join(".");
  return fail("input-invalid", told({ kind: "field-wrong", field, why: tellIssue(issue) }), { field });
}

/** Rules that the schema alone does not hold. */
function checkProvision(provision: Provision): Result<void> {
  const { chunkBytes, disks } = provision;
  if ((chunkBytes & (chunkBytes - 1)) !== 0) {
    return fail("input-invalid", told({ kind: "power-of-two", field: "body.chunkBytes" }), {
      field: "body.chunkBytes",
    });
  }
  const tooFine = disks.findIndex(
    (disk) => chunkCount({ diskBytes: disk.sizeBytes, chunkBytes }) > chunksMost,
  );
  if (tooFine >= 0) {
    const field = `body.disks.${tooFine}.sizeBytes`;
    return fail("input-invalid", told({ kind: "too-many-chunks", disk: field, most: chunksMost }), { field });
  }
  if (new Set(disks.map((disk) => disk.id)).size !== disks.length) {
    return fail("input-invalid", told({ kind: "two-same-disks", field: "body.disks" }), {
      field: "body.disks",
    });
  }
  return ok();
}

/** Everything of the table in common/api/intermediate.ts, free of HTTP. */
export function adminRoutes(services: AdminServices): readonly Route[] {
  const { jobs } = services;

  const job = (parameters: Readonly<Record<string, string>>): Result<Job> => {
    const id = parse(jobIdSchema, parameters["id"], "id");
    return id.ok ? jobs.get(id.value) : id;
  };

  /** A route that does something to a job and answers with its status. */
  const act = <T>(
    method: string,
    path: string,
    schema: z.ZodType<T>,
    change: (target: Job, body: T) => Promise<Result<void>>,
  ): Route => ({
    method,
    path,
    async handle({ parameters, body }) {
      const target = job(parameters);
      if (!target.ok) return target;
      const input = parse(schema, body, "body");
      if (!input.ok) return input;
      const changed = await change(target.value, input.value);
      return changed.ok ? ok(target.value.status()) : changed;
    },
  });

  return [
    { method: "GET", path: "/v1/status", handle: () => services.daemonStatus() },
    {
      method: "PUT",
      path: "/v1/jobs/:id",
      async handle({ parameters, body }) {
        const id = parse(jobIdSchema, parameters["id"], "id");
        if (!id.ok) return id;
        const provision = parse(provisionSchema, body, "body");
        if (!provision.ok) return provision;
        const checked = checkProvision(provision.value);
        if (!checked.ok) return checked;
        const context = services.contextOf(provision.value.certificatePem, provision.value.keyPem);
        if (!context.ok) return context;
        const made = await jobs.provision(id.value, provision.value, context.value);
        return made.ok ? ok(made.value.status()) : made;
      },
    },
    {
      method: "GET",
      path: "/v1/jobs/:id",
      async handle({ parameters }) {
        const target = job(parameters);
        return target.ok ? ok(target.value.status()) : target;
      },
    },
    {
      method: "DELETE",
      path: "/v1/jobs/:id",
      async handle({ parameters, body }) {
        const id = parse(jobIdSchema, parameters["id"], "id");
        if (!id.ok) return id;
        const input = parse(removeSchema, body, "body");
        if (!input.ok) return input;
        const removed = await jobs.remove(id.value, input.value.keepImages);
        return removed.ok ? ok(null) : removed;
      },
    },
    {
      method: "GET",
      path: "/v1/jobs/:id/disks/:disk/map",
      async handle({ parameters, query }) {
        const target = job(parameters);
        if (!target.ok) return target;
        const disk = parse(numberSchema(0, 65_535), parameters["disk"], "disk");
        if (!disk.ok) return disk;
        const cells = parse(numberSchema(1, blockMapCellsMost), query["cells"] ?? "1024", "cells");
        return cells.ok ? target.value.blockMap(disk.value, cells.value) : cells;
      },
    },
    act("POST", "/v1/jobs/:id/sync", syncRequestSchema, (target, body) => target.startSync(body)),
    act("POST", "/v1/jobs/:id/tune", tuningSchema, (target, body) => target.tune(body)),
    act("POST", "/v1/jobs/:id/pause", pauseRequestSchema, (target, body) => target.pause(body)),
    act("POST", "/v1/jobs/:id/revoke-agent", revokeAgentSchema, (target, { nextSerial }) =>
      target.revokeAgent(nextSerial),
    ),
    act("POST", "/v1/jobs/:id/finish", emptySchema, (target) => target.sync.finish()),
    {
      method: "GET",
      path: "/v1/jobs/:id/snapshots",
      async handle({ parameters }) {
        const target = job(parameters);
        return target.ok ? ok(await target.value.disks.snapshots.list()) : target;
      },
    },
    {
      method: "PUT",
      path: "/v1/jobs/:id/receipt",
      async handle({ parameters, body }) {
        const target = job(parameters);
        if (!target.ok) return target;
        const input = parse(receiptSchema, body, "body");
        if (!input.ok) return input;
        const kept = await target.value.keepReceipt(input.value.text);
        return kept.ok ? ok(null) : kept;
      },
    },
    {
      method: "POST",
      path: "/v1/jobs/:id/tasks",
      async handle({ parameters, body }) {
        const target = job(parameters);
        if (!target.ok) return target;
        const input = parse(taskRequestSchema, body, "body");
        return input.ok ? target.value.startTask(input.value) : input;
      },
    },
    {
      method: "GET",
      path: "/v1/jobs/:id/tasks/:kind",
      async handle({ parameters }) {
        const target = job(parameters);
        if (!target.ok) return target;
        const kind = parse(taskKindSchema, parameters["kind"], "kind");
        return kind.ok ? target.value.taskStatus(kind.value) : kind;
      },
    },
    {
      method: "DELETE",
      path: "/v1/jobs/:id/tasks/:kind",
      async handle({ parameters }) {
        const target = job(parameters);
        if (!target.ok) return target;
        const kind = parse(taskKindSchema, parameters["kind"], "kind");
        return kind.ok ? target.value.cancelTask(kind.value) : kind;
      },
    },
    {
      method: "POST",
      path: "/v1/shutdown",
      async handle() {
        services.shutDown();
        return ok(null);
      },
    },
  ];
}

/** Finds the route and runs it; `not-found` for a path or method that the API does not have. */
export async function answer(routes: readonly Route[], request: AdminRequest): Promise<Result<unknown>> {
  for (const route of routes) {
    const parameters = route.method === request.method ? match(route.path, request.path) : undefined;
    if (parameters !== undefined)
      return route.handle({ parameters, query: request.query, body: request.body });
  }
  return fail("not-found", told({ kind: "no-such-route", method: request.method, path: request.path }), {});
}

function match(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] ?? "";
    if (segment.startsWith(":")) parameters[segment.slice(1)] = value;
    else if (segment !== value) return undefined;
  }
  return parameters;
}
