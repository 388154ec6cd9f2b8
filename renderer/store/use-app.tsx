import { createContext, use, type ReactNode } from "react";
import { useStore } from "zustand";
import type { Actions, App } from "./app.ts";
import type { AppState } from "./app-state.ts";

const AppContext = createContext<App | null>(null);

export function AppProvider({ app, children }: { readonly app: App; readonly children: ReactNode }) {
  return <AppContext value={app}>{children}</AppContext>;
}

function useAppContext(): App {
  const app = use(AppContext);
  if (app === null) throw new Error("outside of AppProvider");
  return app;
}

/** A part of the state; the component draws itself anew when that part changes. */
export function useApp<T>(select: (state: AppState) => T): T {
  return useStore(useAppContext().store, select);
}

export function useActions(): Actions {
  return useAppContext().actions;
}

/** True while the act named by `key` is under way. */
export function useBusy(key: string): boolean {
  return useApp((state) => state.busy.has(key));
}
