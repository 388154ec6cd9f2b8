/** Where the person is, as the part of the address after `#`: a reload, a bookmark and a deep link all work. */

export type Route =
  | { readonly screen: "start" }
  | { readonly screen: "sources" }
  | { readonly screen: "wizard" }
  | { readonly screen: "jobs" }
  | { readonly screen: "job"; readonly job: string }
  | { readonly screen: "compatibility" }
  | { readonly screen: "assessment"; readonly source: string }
  | { readonly screen: "cutover" }
  | { readonly screen: "job-cutover"; readonly job: string }
  | { readonly screen: "settings" };

export type Screen = Route["screen"];

export function formatRoute(route: Route): string {
  switch (route.screen) {
    case "job":
      return `#/jobs/${encodeURIComponent(route.job)}`;
    case "assessment":
      return `#/compatibility/${encodeURIComponent(route.source)}`;
    case "job-cutover":
      return `#/cutover/${encodeURIComponent(route.job)}`;
    default:
      return `#/${route.screen}`;
  }
}

/** An address that nobody knows leads to the start. */
export function parseRoute(hash: string): Route {
  const [screen = "", reference] = hash.replace(/^#\/?/, "").split("/").map(decode);
  const named = reference === undefined || reference === "" ? null : reference;
  switch (screen) {
    case "jobs":
      return named === null ? { screen } : { screen: "job", job: named };
    case "compatibility":
      return named === null ? { screen } : { screen: "assessment", source: named };
    case "cutover":
      return named === null ? { screen } : { screen: "job-cutover", job: named };
    case "sources":
    case "wizard":
    case "settings":
      return { screen };
    default:
      return { screen: "start" };
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
