import { expect, it } from "vitest";
import type { Bridge } from "../../../common/api/bridge.ts";
import { ok } from "../../../common/result.ts";
import { readAhead } from "../../../renderer/read-ahead.ts";

it("gives the answer that is under way to whoever asks first, and asks anew for everybody else", async () => {
  const calls: string[] = [];
  const bridge = {
    host: "serve",
    call: (name: string) => Promise.resolve(ok(`${name} ${calls.push(name)}`)),
  } as unknown as Bridge;
  const ahead = readAhead(bridge, ["job.rows", "source.list"]);
  expect(calls).toEqual(["job.rows", "source.list"]);
  expect(await ahead.call("source.list", {})).toEqual(ok("source.list 2"));
  expect(await ahead.call("source.list", {})).toEqual(ok("source.list 3"));
  expect(await ahead.call("settings.get", {})).toEqual(ok("settings.get 4"));
  expect(await ahead.call("job.rows", {})).toEqual(ok("job.rows 1"));
});
