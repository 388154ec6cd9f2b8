import { MantineProvider } from "@mantine/core";
import { StrictMode, useEffect, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import type { Bridge } from "../common/api/bridge.ts";
import { createBrowserNotifier } from "./browser-notifier.ts";
import { preloadScreens } from "./shell/current-screen.tsx";
import { Shell } from "./shell/shell.tsx";
import { createApp } from "./store/app.ts";
import { frameScheduler } from "./store/event-batch.ts";
import { parseRoute } from "./store/route.ts";
import { AppProvider, useApp } from "./store/use-app.tsx";
import { theme } from "./ui/theme.ts";

const darkSystem = window.matchMedia("(prefers-color-scheme: dark)");
const followSystem = (changed: () => void) => {
  darkSystem.addEventListener("change", changed);
  return () => darkSystem.removeEventListener("change", changed);
};

function Root() {
  const { theme: chosen, language } = useApp((state) => state.preferences);
  const isSystemDark = useSyncExternalStore(followSystem, () => darkSystem.matches);
  const scheme = chosen === "system" ? (isSystemDark ? "dark" : "light") : chosen;
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return (
    <MantineProvider
      theme={theme}
      forceColorScheme={scheme}
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <Shell />
    </MantineProvider>
  );
}

const go = (hash: string) => {
  window.location.hash = hash;
};

/** Draws the screens and has them follow the engine. */
export function showScreens(bridge: Bridge): void {
  const app = createApp({
    bridge,
    schedule: frameScheduler(),
    memory: window.localStorage,
    route: parseRoute(window.location.hash),
    systemLanguages: navigator.languages,
    go,
    notifier: createBrowserNotifier(go),
  });
  window.addEventListener("hashchange", () => app.actions.routeChanged(parseRoute(window.location.hash)));
  app.start();
  const root = document.getElementById("root");
  if (root === null) throw new Error("index.html has no #root");
  createRoot(root).render(
    <StrictMode>
      <AppProvider app={app}>
        <Root />
      </AppProvider>
    </StrictMode>,
  );
  // Safari has no idle callbacks.
  if ("requestIdleCallback" in window) window.requestIdleCallback(preloadScreens);
  else setTimeout(preloadScreens);
}
