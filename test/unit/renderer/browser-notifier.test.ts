import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createBrowserNotifier } from "../../../renderer/browser-notifier.ts";

/** What a browser would show, and a click on it. */
class FakeNotification extends EventTarget {
  static permission: NotificationPermission = "granted";
  static readonly shown: FakeNotification[] = [];
  readonly title: string;
  readonly options: NotificationOptions;
  isClosed = false;
  constructor(title: string, options: NotificationOptions) {
    super();
    this.title = title;
    this.options = options;
    FakeNotification.shown.push(this);
  }
  close(): void {
    this.isClosed = true;
  }
}

const news = { title: "web: finished", body: "Its image boots." };
let page: { visibilityState: DocumentVisibilityState };
let focus: ReturnType<typeof vi.fn>;

beforeEach(() => {
  FakeNotification.shown.length = 0;
  FakeNotification.permission = "granted";
  page = { visibilityState: "hidden" };
  focus = vi.fn();
  vi.stubGlobal("document", page);
  vi.stubGlobal("Notification", FakeNotification);
  vi.stubGlobal("window", { Notification: FakeNotification, focus });
});
afterEach(() => vi.unstubAllGlobals());

describe("notifications of a page in a browser", () => {
  it("are shown once for all pages of one engine, and lead to their place", () => {
    const gone: string[] = [];
    const notify = createBrowserNotifier((hash) => gone.push(hash));
    notify?.(news, "/jobs/1");
    const [shown] = FakeNotification.shown;
    expect(shown?.title).toBe(news.title);
    expect(shown?.options).toMatchObject({ body: news.body, tag: "/jobs/1 web: finished" });
    shown?.dispatchEvent(new Event("click"));
    expect(gone).toEqual(["#/jobs/1"]);
    expect(focus).toHaveBeenCalledOnce();
    expect(shown?.isClosed).toBe(true);
  });

  it("do not come to whoever looks at the page, or did not let it", () => {
    const notify = createBrowserNotifier(() => undefined);
    page.visibilityState = "visible";
    notify?.(news, "/jobs/1");
    page.visibilityState = "hidden";
    for (const permission of ["default", "denied"] as const) {
      FakeNotification.permission = permission;
      notify?.(news, "/jobs/1");
    }
    expect(FakeNotification.shown).toEqual([]);
  });

  it("are the main process's in the window, and nobody's where there are none", () => {
    vi.stubGlobal("window", { Notification: FakeNotification, sma: {} });
    expect(createBrowserNotifier(() => undefined)).toBeNull();
    vi.stubGlobal("window", {});
    expect(createBrowserNotifier(() => undefined)).toBeNull();
  });
});
