import { describe, expect, it } from "vitest";
import { formatRoute, parseRoute, type Route } from "../../../renderer/store/route.ts";

describe("a route", () => {
  const routes: readonly Route[] = [
    { screen: "start" },
    { screen: "sources" },
    { screen: "wizard" },
    { screen: "jobs" },
    { screen: "job", job: "0123456789abcdef" },
    { screen: "compatibility" },
    { screen: "assessment", source: "a/b #1 日本" },
    { screen: "cutover" },
    { screen: "job-cutover", job: "0123456789abcdef" },
    { screen: "settings" },
  ];

  it("comes back from its address as it was", () => {
    for (const route of routes) expect(parseRoute(formatRoute(route))).toEqual(route);
  });

  it("leads to the start where the address means nothing", () => {
    for (const hash of ["", "#", "#/", "#/nowhere", "#/%E0%A4%A", "#//jobs"])
      expect(parseRoute(hash).screen).toBe("start");
  });
});
