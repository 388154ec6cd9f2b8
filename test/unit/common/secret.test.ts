import { inspect } from "node:util";
import { expect, it } from "vitest";
import { Secret } from "../../../common/secret.ts";

it("shows a secret only to who asks for it by name", () => {
  const secret = new Secret("hunter2");
  const shown = [
    `${secret}`,
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ nested: [secret] }),
    String(secret),
  ];
  for (const text of shown) expect(text).not.toContain("hunter2");
  expect(secret.reveal()).toBe("hunter2");
});
