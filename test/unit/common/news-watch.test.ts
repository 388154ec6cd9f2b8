import { inEnglish } from "../../support/in-english.ts";
import { expect, it } from "vitest";
import { createNewsWatch } from "../../../common/api/news-watch.ts";
import type { AssistantEvent } from "../../../common/api/procedures.ts";
import { newsText, placeOfNews, type News } from "../../../common/domain/news.ts";
import { catalogues } from "../../../common/domain/report-text/languages.ts";
import { failure, ok } from "../../../common/result.ts";

const job = "0123456789abcdef";
const state = (name: "ready" | "running") => ({ type: "job-state", job, state: { name } }) as AssistantEvent;

async function newsOf(events: readonly AssistantEvent[], cutover: object = {}): Promise<News[]> {
  const news: News[] = [];
  const take = createNewsWatch({
    call: (name) =>
      Promise.resolve(
        ok({ sourceName: "web1", lastFailure: null, ...(name === "cutover.show" ? cutover : {}) }) as never,
      ),
    onNews: (item) => news.push(item),
  });
  events.forEach(take);
  await new Promise((resolve) => setTimeout(resolve));
  return news;
}

const inError: AssistantEvent = {
  type: "job-state",
  job,
  state: {
    name: "in-error",
    step: "sync",
    failure: failure("host-unreachable", inEnglish("nobody answers")),
  },
};
const cutoverEvent = (isHeld: boolean) =>
  ({ type: "cutover-state", job, state: { name: "ready" }, isHeld }) as AssistantEvent;

it("tells what needs a person and what is done, and nothing of what goes its way", async () => {
  expect(await newsOf([state("ready"), state("running")])).toEqual([]);
  expect(await newsOf([{ type: "job-state", job, state: { name: "finished" } }])).toEqual([
    { kind: "finished", job, name: "web1" },
  ]);
  expect(await newsOf([inError])).toEqual([{ kind: "stopped", job, name: "web1", code: "host-unreachable" }]);
});

it("tells of a cutover once it is over, by what it came to", async () => {
  const over = [cutoverEvent(true), cutoverEvent(true), cutoverEvent(false), cutoverEvent(false)];
  const told = async (cutover: object) => (await newsOf(over, cutover)).map(({ kind }) => kind);
  expect(await told({ state: { name: "cut-over" } })).toEqual(["cut-over"]);
  expect(await told({ state: { name: "ready-for-cutover" } })).toEqual(["drilled"]);
  expect(await told({ state: { name: "ready" } })).toEqual([]);
  expect(await told({ state: { name: "ready" }, lastFailure: { message: "x", remedy: "y" } })).toEqual([
    "cutover-stopped",
  ]);
  expect(await newsOf([cutoverEvent(false)], { state: { name: "cut-over" } })).toEqual([]);
});

it("has words for all of it in every language, and a place where it is seen to", () => {
  const all: News[] = [
    { kind: "finished", job, name: "web1" },
    { kind: "stopped", job, name: "web1", code: "host-unreachable" },
    { kind: "host-key", host: "web1" },
    { kind: "drilled", job, name: "web1" },
    { kind: "cut-over", job, name: "web1" },
    { kind: "cutover-stopped", job, name: "web1" },
  ];
  for (const news of all) {
    expect(placeOfNews(news)).toMatch(/^\/(jobs|sources|cutover)/);
    for (const catalogue of Object.values(catalogues)) {
      const { title, body } = newsText(news, catalogue);
      expect(title).not.toBe("");
      expect(body).toContain("web1");
    }
  }
});
