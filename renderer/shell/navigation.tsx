import {
  IconArrowsExchange,
  IconHome,
  IconListDetails,
  IconServer,
  IconSettings,
  IconStethoscope,
} from "@tabler/icons-react";
import { formatRoute, type Route, type Screen } from "../store/route.ts";
import { useApp } from "../store/use-app.tsx";
import { useFormats, useTexts } from "../texts/use-texts.ts";
import { needsAttention, statusOf } from "../ui/job-status.tsx";

const entries = [
  { route: { screen: "start" }, label: "start", icon: IconHome, covers: ["start"] },
  { route: { screen: "sources" }, label: "sources", icon: IconServer, covers: ["sources"] },
  {
    route: { screen: "compatibility" },
    label: "compatibility",
    icon: IconStethoscope,
    covers: ["compatibility", "assessment"],
  },
  { route: { screen: "jobs" }, label: "jobs", icon: IconListDetails, covers: ["jobs", "job"] },
  {
    route: { screen: "cutover" },
    label: "cutover",
    icon: IconArrowsExchange,
    covers: ["cutover", "job-cutover"],
  },
  { route: { screen: "settings" }, label: "settings", icon: IconSettings, covers: ["settings"] },
] as const satisfies readonly {
  readonly route: Route;
  readonly label: string;
  readonly icon: unknown;
  readonly covers: readonly Screen[];
}[];

export function Navigation() {
  const { shell } = useTexts();
  const format = useFormats();
  const screen = useApp((state) => state.route.screen);
  const waiting = useApp((state) => [...state.jobs.values()].filter(needsAttention).length);
  const running = useApp(
    (state) => [...state.jobs.values()].filter((job) => statusOf(job) === "running").length,
  );
  return (
    <nav aria-label={shell.navigation}>
      <ul className="nav">
        {entries.map(({ route, label, icon: Icon, covers }) => (
          <li key={label}>
            <a
              className="nav-link"
              href={formatRoute(route)}
              aria-current={(covers as readonly Screen[]).includes(screen) ? "page" : undefined}
            >
              <Icon size={18} stroke={1.7} aria-hidden />
              <span>{shell[label]}</span>
              {label === "jobs" && waiting > 0 ? (
                <span className="nav-count nav-count-bad" title={shell.attention(format.integer(waiting))}>
                  {format.integer(waiting)}
                </span>
              ) : label === "jobs" && running > 0 ? (
                <span className="nav-count" title={shell.running(format.integer(running))}>
                  {format.integer(running)}
                </span>
              ) : null}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
