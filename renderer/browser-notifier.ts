/** In a browser the page itself notifies, where the person let it; in the window the main process does. */
import type { Notifier } from "./store/app.ts";

export function createBrowserNotifier(go: (hash: string) => void): Notifier | null {
  if (window.sma !== undefined || !("Notification" in window)) return null;
  return ({ title, body }, place) => {
    // Whoever looks at the page sees it there.
    if (Notification.permission !== "granted" || document.visibilityState === "visible") return;
    // Several pages on one engine all hear of it: of the same tag the browser shows one.
    const notification = new Notification(title, { body, tag: `${place} ${title}`, icon: "./icon.svg" });
    notification.addEventListener("click", () => {
      window.focus();
      go(`#${place}`);
      notification.close();
    });
  };
}
