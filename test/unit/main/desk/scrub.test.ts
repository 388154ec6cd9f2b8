import { describe, expect, it } from "vitest";
import { createScrubber, scrubValue } from "../../../../main/desk/scrub.ts";

describe("scrubbing", () => {
  it("removes known secrets in whatever form they stand", () => {
    const secret = 'p"ä\\ss wörd';
    const scrubbed = JSON.stringify(
      scrubValue(
        {
          plain: secret,
          inner: JSON.stringify({ note: secret }),
          base64: `Basic ${Buffer.from(secret).toString("base64")}`,
          list: [[encodeURIComponent(secret)]],
          [secret]: { password: "another", passwordEntry: "source/1/password" },
        },
        createScrubber([secret]),
      ),
    );
    expect(scrubbed).not.toMatch(/wörd|w%C3|another/);
    expect(scrubbed).not.toContain(Buffer.from(secret).toString("base64"));
    expect(scrubbed).toContain("source/1/password");
  });

  it.each([
    ['{"password": "hunter2hunter2"}', "hunter2"],
    ["--password=hunter2 --next", "hunter2"],
    ['{"note":"\\"token\\": \\"hunter2\\""}', "hunter2"],
    ["Authorization: Bearer abcdefgh12345678", "abcdefgh"],
    ["https://admin:hunter2@host/", "hunter2"],
    ["-----BEGIN OPENSSH PRIVATE KEY-----\nAAAAB3\n-----END OPENSSH PRIVATE KEY-----", "AAAAB3"],
    ["-----BEGIN RSA PRIVATE KEY-----\nAAAAB3 and cut off", "AAAAB3"],
    ["id LTAI4Fxxxxxxxxxxxxxxxxxx", "LTAI4F"],
  ])("removes what looks like a secret from %s", (text, secret) => {
    expect(createScrubber([])(text)).not.toContain(secret);
  });

  it("leaves ordinary words alone", () => {
    const text = '{"message":"the password was refused","state":"ready"}';
    expect(createScrubber(["pw"])(text)).toBe(text);
  });
});
