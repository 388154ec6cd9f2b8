import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { onDemand } from "../../../renderer/shell/on-demand.ts";

const Hello = ({ name }: { readonly name: string }) => createElement("p", null, `Hello ${name}`);
const reload = vi.fn();
let isEngineThere = true;
let pageAgeMs = 0;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.stubGlobal("window", { location: { pathname: "/", reload } });
  vi.stubGlobal("fetch", () =>
    isEngineThere ? Promise.resolve({ ok: true }) : Promise.reject(new Error("gone")),
  );
  vi.spyOn(performance, "now").mockImplementation(() => pageAgeMs);
  reload.mockClear();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it("loads a screen once, and draws it without a pause once it is there", async () => {
  const load = vi.fn(() => Promise.resolve(Hello));
  const { Screen, preload } = onDemand(load);
  await Promise.all([preload(), preload()]);
  expect(renderToStaticMarkup(createElement(Screen, { name: "Ada" }))).toBe("<p>Hello Ada</p>");
  expect(load).toHaveBeenCalledTimes(1);
});

it("tries again while the engine is away, and leaves the page as it is", async () => {
  [isEngineThere, pageAgeMs] = [false, 3_600_000];
  let failures = 3;
  const { preload } = onDemand(() =>
    failures-- > 0 ? Promise.reject(new Error("no answer")) : Promise.resolve(Hello),
  );
  const loading = preload();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(await loading).toBe(Hello);
  expect(reload).not.toHaveBeenCalled();
});

it("loads the page anew where an engine came back without this screen, but not a page that was just loaded", async () => {
  isEngineThere = true;
  pageAgeMs = 2_000;
  void onDemand(() => Promise.reject<typeof Hello>(new Error("404"))).preload();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(reload).not.toHaveBeenCalled();
  pageAgeMs = 60_000;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(reload).toHaveBeenCalledTimes(1);
});
