import { createContext, use, useEffect, useRef, useState, type ReactNode } from "react";
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

/** Fifty jobs tell five hundred things a second; nobody reads a table that fast. */
const calmlyEveryMs = 400;

/** The same for what costs much to draw: a few times a second at most, and always up to the last change. */
export function useAppCalmly<T>(select: (state: AppState) => T): T {
  const { store } = useAppContext();
  const [value, setValue] = useState(() => select(store.getState()));
  const latest = useRef(select);
  useEffect(() => {
    latest.current = select;
  });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer = undefined;
      setValue(() => latest.current(store.getState()));
    };
    show();
    const unsubscribe = store.subscribe(() => {
      timer ??= setTimeout(show, calmlyEveryMs);
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [store]);
  return value;
}

export function useActions(): Actions {
  return useAppContext().actions;
}

/** True while the act named by `key` is under way. */
export function useBusy(key: string): boolean {
  return useApp((state) => state.busy.has(key));
}
