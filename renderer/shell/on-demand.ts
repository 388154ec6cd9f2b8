import { createElement, use, type ComponentType } from "react";

const retryMs = 1_000;
/** A page that is younger has just been loaded, and loading it again would not help. */
const outdatedAfterMs = 10_000;

/** A screen whose code is loaded when it is first shown, or before that; once it is there it is drawn without a pause. */
export function onDemand<P extends object>(load: () => Promise<ComponentType<P>>) {
  let loading: Promise<ComponentType<P>> | null = null;
  let loaded: ComponentType<P> | null = null;
  const preload = (): Promise<ComponentType<P>> => {
    loading ??= loadPersistently(load).then((screen) => (loaded = screen));
    return loading;
  };
  function Screen(props: P) {
    const Loaded = loaded ?? use(preload());
    return createElement(Loaded, props);
  }
  return { Screen, preload };
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
