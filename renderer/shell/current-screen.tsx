import { assertNever } from "../../common/result.ts";
import { JobList } from "../features/monitor/job-list.tsx";
import { StartScreen } from "../features/start/start-screen.tsx";
import type { Route } from "../store/route.ts";

/** The screen of a route. */
export function CurrentScreen({ route }: { readonly route: Route }) {
  switch (route.screen) {
    case "start":
      return <StartScreen />;
    case "sources":
    case "wizard":
    case "jobs":
      return <JobList />;
    case "job":
    case "compatibility":
    case "assessment":
    case "cutover":
    case "job-cutover":
    case "settings":
      return <StartScreen />;
    default:
      return assertNever(route);
  }
}
