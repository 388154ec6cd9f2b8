import { ipcMain, type IpcMainEvent, type IpcMainInvokeEvent } from "electron";
import { z } from "zod";
import { fail, type Result } from "../../common/result.ts";
import type { EngineClient } from "../engine/engine-client.ts";
import { channels } from "../../preload/channels.ts";
import { isOurs } from "./origin.ts";

const id = z.number().int().nonnegative();
const callSchema = z.tuple([id, z.string().min(1).max(64), z.unknown()]);
const cancelSchema = z.tuple([id]);
const followSchema = z.tuple([id, z.object({ engine: z.string().max(64), after: id })]);
const unfollowSchema = z.tuple([id]);

/** Only the top frame of a page of ours may speak: a frame inside it, or a page that got in its place, may not. */
function isTrusted(event: IpcMainEvent | IpcMainInvokeEvent): boolean {
  const frame = event.senderFrame;
  return frame !== null && frame.parent === null && isOurs(frame.url);
}

/** Every message is checked: who sends it, and whether it has the shape that was agreed. Arguments are never logged. */
export function connectIpc(engine: EngineClient): void {
  /** By window and the window's own number. */
  const calls = new Map<string, () => void>();
  const feeds = new Map<string, () => void>();
  const keyOf = (event: IpcMainEvent | IpcMainInvokeEvent, number: number) => `${event.sender.id} ${number}`;

  ipcMain.handle(channels.call, async (event, ...given: unknown[]): Promise<Result<unknown>> => {
    const parsed = callSchema.safeParse(given);
    if (!isTrusted(event) || !parsed.success)
      return fail("input-invalid", "the message is not one of the window's", { field: "message" });
    const [number, name, input] = parsed.data;
    const { result, cancel } = engine.call(name, input);
    calls.set(keyOf(event, number), cancel);
    return result.finally(() => calls.delete(keyOf(event, number)));
  });

  ipcMain.on(channels.cancel, (event, ...given: unknown[]) => {
    const parsed = cancelSchema.safeParse(given);
    if (isTrusted(event) && parsed.success) calls.get(keyOf(event, parsed.data[0]))?.();
  });

  ipcMain.on(channels.follow, (event, ...given: unknown[]) => {
    const parsed = followSchema.safeParse(given);
    if (!isTrusted(event) || !parsed.success) return;
    const [feed, position] = parsed.data;
    const key = keyOf(event, feed);
    const { sender } = event;
    feeds.get(key)?.();
    const stop = engine.follow(position, (frame) => {
      if (!sender.isDestroyed()) sender.send(channels.frame, feed, frame);
    });
    feeds.set(key, stop);
    const end = () => {
      feeds.get(key)?.();
      feeds.delete(key);
    };
    sender.once("destroyed", end);
    // A reload forgets what it followed; going to another place in the app is no reload.
    const onNavigation = (details: { readonly isMainFrame: boolean; readonly isSameDocument: boolean }) => {
      if (!details.isMainFrame || details.isSameDocument) return;
      sender.removeListener("did-start-navigation", onNavigation);
      end();
    };
    sender.on("did-start-navigation", onNavigation);
  });

  ipcMain.on(channels.unfollow, (event, ...given: unknown[]) => {
    const parsed = unfollowSchema.safeParse(given);
    if (!isTrusted(event) || !parsed.success) return;
    const key = keyOf(event, parsed.data[0]);
    feeds.get(key)?.();
    feeds.delete(key);
  });
}
