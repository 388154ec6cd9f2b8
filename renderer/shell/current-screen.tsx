import { StartScreen } from "../features/start/start-screen.tsx";
import type { Route } from "../store/route.ts";
import { onDemand } from "./on-demand.ts";

const other = onDemand(() => import("./other-screen.tsx").then(({ OtherScreen }) => OtherScreen));

/** Has all screens at hand, so that going from one to another waits for nothing. */
export const preloadScreens = (): void => void other.preload();

/** The screen of a route. The start screen is there at once. */
export function CurrentScreen({ route }: { readonly route: Route }) {
  return route.screen === "start" ? <StartScreen /> : <other.Screen route={route} />;
}
