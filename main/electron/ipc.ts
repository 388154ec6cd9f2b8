import { ipcMain, type IpcMainEvent, type IpcMainInvokeEvent, type WebContents } from "electron";
import { z } from "zod";
import { fail, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { EngineClient } from "../engine/engine-client.ts";
import { channels } from "../../preload/channels.ts";
import { isOurs } from "./origin.ts";

const id = z.number().int().nonnegative();
const callSchema = z.tuple([id, z.string().min(1).max(64), z.unknown()]);
const cancelSchema = z.tuple([id]);
const followSchema = z.tuple([id, z.object({ engine: z.string().max(64), after: id })]);
const unfollowSchema = z.tuple([id]);

/** A page follows the engine once; more are a defect, or somebody who wants the process busy. */
const mostFeeds = 8;

/** Only the top frame of a page of ours may speak: a frame inside it, or a page that got in its place, may not. */
function isTrusted(event: IpcMainEvent | IpcMainInvokeEvent): boolean {
  const frame = event.senderFrame;
  return frame !== null && frame.parent === null && isOurs(frame.url);
}

/** What one page has under way, by the page's own numbers. */
interface Page {
  readonly calls: Map<number, () => void>;
  readonly feeds: Map<number, () => void>;
}

/** Every message is checked: who sends it, and whether it has the shape that was agreed. Arguments are never logged. */
export function connectIpc(engine: EngineClient): void {
  const pages = new Map<number, Page>();

  /** Whoever asked is gone: nobody waits for an answer any more, and nobody listens. */
  const end = ({ calls, feeds }: Page) => {
    for (const cancel of calls.values()) cancel();
    for (const stop of feeds.values()) stop();
    calls.clear();
    feeds.clear();
  };
  const pageOf = (sender: WebContents): Page => {
    const known = pages.get(sender.id);
    if (known !== undefined) return known;
    const page: Page = { calls: new Map(), feeds: new Map() };
    pages.set(sender.id, page);
    sender.once("destroyed", () => {
      end(page);
      pages.delete(sender.id);
    });
    // A reload forgets what it asked and followed; going to another place in the app is no reload.
    sender.on("did-start-navigation", ({ isMainFrame, isSameDocument }) => {
      if (isMainFrame && !isSameDocument) end(page);
    });
    return page;
  };

  ipcMain.handle(channels.call, async (event, ...given: unknown[]): Promise<Result<unknown>> => {
    const parsed = callSchema.safeParse(given);
    if (!isTrusted(event) || !parsed.success)
      return fail("input-invalid", told({ kind: "not-of-window" }), { field: "message" });
    const [number, name, input] = parsed.data;
    const { calls } = pageOf(event.sender);
    const { result, cancel } = engine.call(name, input);
    calls.set(number, cancel);
    return result.finally(() => {
      // A page that was loaded anew counts from the beginning again.
      if (calls.get(number) === cancel) calls.delete(number);
    });
  });

  ipcMain.on(channels.cancel, (event, ...given: unknown[]) => {
    const parsed = cancelSchema.safeParse(given);
    if (isTrusted(event) && parsed.success) pageOf(event.sender).calls.get(parsed.data[0])?.();
  });

  ipcMain.on(channels.follow, (event, ...given: unknown[]) => {
    const parsed = followSchema.safeParse(given);
    if (!isTrusted(event) || !parsed.success) return;
    const [feed, position] = parsed.data;
    const { sender } = event;
    const { feeds } = pageOf(sender);
    feeds.get(feed)?.();
    feeds.delete(feed);
    if (feeds.size >= mostFeeds) return;
    const stop = engine.follow(position, (frame) => {
      if (!sender.isDestroyed()) sender.send(channels.frame, feed, frame);
    });
    feeds.set(feed, stop);
  });

  ipcMain.on(channels.unfollow, (event, ...given: unknown[]) => {
    const parsed = unfollowSchema.safeParse(given);
    if (!isTrusted(event) || !parsed.success) return;
    const { feeds } = pageOf(event.sender);
    feeds.get(parsed.data[0])?.();
    feeds.delete(parsed.data[0]);
  });
}
