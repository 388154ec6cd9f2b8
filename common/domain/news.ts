/** What is told to a person who does not look at a window, by the desktop or by the browser. */
import type { FailureCode } from "../failure-codes.ts";
import { assertNever } from "../result.ts";
import type { Catalogue } from "./report-text/catalogue.ts";

export type News =
  | { readonly kind: "finished"; readonly job: string; readonly name: string }
  | { readonly kind: "stopped"; readonly job: string; readonly name: string; readonly code: FailureCode }
  | { readonly kind: "host-key"; readonly host: string }
  | { readonly kind: "drilled"; readonly job: string; readonly name: string }
  | { readonly kind: "cut-over"; readonly job: string; readonly name: string }
  | { readonly kind: "cutover-stopped"; readonly job: string; readonly name: string };

export interface NewsText {
  readonly title: string;
  readonly body: string;
}

/** A language's words for them. */
export interface NewsTexts {
  finished(name: string): NewsText;
  /** `why`: the failure's title. */
  stopped(name: string, why: string): NewsText;
  hostKey(host: string): NewsText;
  drilled(name: string): NewsText;
  cutOver(name: string): NewsText;
  cutoverStopped(name: string): NewsText;
}

export function newsText(news: News, { news: words, failures }: Catalogue): NewsText {
  switch (news.kind) {
    case "finished":
      return words.finished(news.name);
    case "stopped":
      return words.stopped(news.name, (failures[news.code] ?? failures.other).title);
    case "host-key":
      return words.hostKey(news.host);
    case "drilled":
      return words.drilled(news.name);
    case "cut-over":
      return words.cutOver(news.name);
    case "cutover-stopped":
      return words.cutoverStopped(news.name);
    default:
      return assertNever(news);
  }
}

/** Where it is seen to, as the part of the app's address after `#`. */
export function placeOfNews(news: News): string {
  switch (news.kind) {
    case "finished":
    case "stopped":
      return `/jobs/${news.job}`;
    case "host-key":
      return "/sources";
    case "drilled":
    case "cut-over":
    case "cutover-stopped":
      return `/cutover/${news.job}`;
    default:
      return assertNever(news);
  }
}
