import { assertNever } from "../../common/result.ts";
import { AssessmentScreen } from "../features/compatibility/assessment-screen.tsx";
import { CompatibilityScreen } from "../features/compatibility/compatibility-screen.tsx";
import { CutoverScreen } from "../features/cutover/cutover-screen.tsx";
import { JobCutoverScreen } from "../features/cutover/job-cutover-screen.tsx";
import { JobList } from "../features/monitor/job-list.tsx";
import { JobScreen } from "../features/monitor/job-screen.tsx";
import { SettingsScreen } from "../features/settings/settings-screen.tsx";
import { SourcesScreen } from "../features/sources/sources-screen.tsx";
import { WizardScreen } from "../features/wizard/wizard-screen.tsx";
import type { Route } from "../store/route.ts";

/** Every screen but the first, in one file: many small ones would be asked for one after the other. */
export function OtherScreen({ route }: { readonly route: Exclude<Route, { screen: "start" }> }) {
  switch (route.screen) {
    case "sources":
      return <SourcesScreen />;
    case "wizard":
      return <WizardScreen />;
    case "jobs":
      return <JobList />;
    case "job":
      return <JobScreen key={route.job} id={route.job} />;
    case "compatibility":
      return <CompatibilityScreen />;
    case "assessment":
      return <AssessmentScreen key={route.source} source={route.source} />;
    case "cutover":
      return <CutoverScreen />;
    case "job-cutover":
      return <JobCutoverScreen key={route.job} id={route.job} />;
    case "settings":
      return <SettingsScreen />;
    default:
      return assertNever(route);
  }
}
