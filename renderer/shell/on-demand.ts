import { createElement, use, type ComponentType } from "react";

const retryMs = 1_000;
/** A page that is younger has just been loaded, and loading it again would not help. */
const outdatedAfterMs = 10_000;

/** A screen whose code is loaded when it is first shown, or before that; once it is there it is drawn without a pause. */
export function onDemand<P extends object>(load: () => Promise<ComponentType<P>>) {
  let loading: Promise<ComponentType<P>> | null = null;
  const preload = (): Promise<ComponentType<P>> => {
    loading ??= known(loadPersistently(load));
    return loading;
  };
  function Screen(props: P) {
    return createElement(use(preload()), props);
  }
  return { Screen, preload };
}

/** With what `use` looks for on a promise, so that it needs no pause for one that was fulfilled before. */
function known<T>(promise: Promise<T>): Promise<T> {
  void promise.then((value) => Object.assign(promise, { status: "fulfilled", value }));
  return promise;
}

/** Until it is there: the engine may be away, and one that came back with other screens no longer has these. */
async function loadPersistently<T>(load: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, retryMs));
      const page = await fetch(window.location.pathname, { method: "HEAD" }).catch(() => null);
      if (page?.ok === true && performance.now() > outdatedAfterMs) window.location.reload();
    }
  }
}
