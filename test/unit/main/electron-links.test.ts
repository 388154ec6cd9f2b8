import { describe, expect, it } from "vitest";
import { placeOfLink } from "../../../main/electron/deep-link.ts";
import { isOurs } from "../../../main/electron/origin.ts";

describe("links into the window", () => {
  it.each([
    ["sma://job/0123456789abcdef", "/jobs/0123456789abcdef"],
    ["sma://source/abc", "/compatibility/abc"],
    ["sma://job/", null],
    ["sma://job/a/b", null],
    ["sma://job/%2e%2e%2fsettings", null],
    ["sma://job/<img>", null],
    ["sma://cutover/abc", null],
    ["https://job/abc", null],
    ["not a link", null],
    ["", null],
  ])("%s means %s", (link, place) => expect(placeOfLink(link)).toBe(place));
});

describe("the window's own pages", () => {
  it.each(["sma-app://screens/", "sma-app://screens/#/jobs"])("are %s", (url) =>
    expect(isOurs(url)).toBe(true),
  );
  it.each(["sma-app://other/", "https://screens/", "file:///screens", "sma-app:screens", "about:blank", ""])(
    "are not %j",
    (url) => expect(isOurs(url)).toBe(false),
  );
});
