import { app, session } from "electron";
import { isOurs, screensOrigin } from "./origin.ts";

/** What a page of ours may ask for: writing to the clipboard on a click. */
const allowedPermissions: ReadonlySet<string> = new Set(["clipboard-sanitized-write"]);

/** Keeps windows on our own pages, whatever a page, a link or dropped content tries. */
export function guardContents(): void {
  app.on("web-contents-created", (_event, contents) => {
    const stay = (event: { preventDefault(): void }, url: string) => {
      if (!isOurs(url)) event.preventDefault();
    };
    contents.on("will-navigate", (event) => stay(event, event.url));
    contents.on("will-redirect", (event) => stay(event, event.url));
    contents.on("will-frame-navigate", (event) => stay(event, event.url));
    contents.on("will-attach-webview", (event) => event.preventDefault());
    contents.setWindowOpenHandler(() => ({ action: "deny" }));
  });
  const { defaultSession } = session;
  defaultSession.setPermissionRequestHandler((contents, permission, decide) =>
    decide(isOurs(contents.getURL()) && allowedPermissions.has(permission)),
  );
  defaultSession.setPermissionCheckHandler(
    (contents, permission) =>
      contents !== null && isOurs(contents.getURL()) && allowedPermissions.has(permission),
  );
  defaultSession.setDevicePermissionHandler(() => false);
  // Pages save what they made themselves: reports, bundles, receipts.
  defaultSession.on("will-download", (event, item) => {
    if (!item.getURL().startsWith(`blob:${screensOrigin}/`)) event.preventDefault();
  });
}
