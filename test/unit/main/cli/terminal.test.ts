import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { FailureError } from "../../../../common/result.ts";
import { Terminal } from "../../../../main/cli/terminal.ts";

function open(columns = 80) {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  const shown = Object.assign(new PassThrough(), { isTTY: true, columns });
  const streams = { out: shown, err: shown, in: input };
  return {
    input,
    shown,
    terminal: new Terminal(false, streams as unknown as ConstructorParameters<typeof Terminal>[1]),
  };
}

const cancelled = (error: unknown) => error instanceof FailureError && error.failure.code === "cancelled";

it("gives the line that is entered", async () => {
  const { input, terminal } = open();
  const answer = terminal.ask("Go on? ");
  input.write("yes\n");
  expect(await answer).toBe("yes");
  const secret = terminal.askSecret("Password: ");
  input.write("correct horse\n");
  expect((await secret).reveal()).toBe("correct horse");
});

it.each([
  ["Ctrl-C", "\u0003"],
  ["Ctrl-D", "\u0004"],
])("%s at a question ends the command instead of leaving it there", async (_key, byte) => {
  for (const ask of ["ask", "askSecret"] as const) {
    const { input, terminal } = open();
    const answer = terminal[ask]("Go on? ");
    input.write(byte);
    await expect(answer).rejects.toSatisfy(cancelled);
  }
});

it("a status that is wider than the terminal goes on below, whole, and leaves nothing behind", () => {
  const { shown, terminal } = open(40);
  terminal.status("sync (4/11) copying", "41 %", "1.2 GiB of 3.0 GiB", "limited by the network");
  const text = shown.read()?.toString() as string;
  expect(text.split("\n")).toEqual([
    "sync (4/11) copying  41 %",
    "1.2 GiB of 3.0 GiB",
    "limited by the network",
  ]);
  terminal.note("done");
  // Back to the first of the three lines, each made empty.
  expect(shown.read()?.toString()).toBe("\r\x1b[2K\x1b[1A\r\x1b[2K\x1b[1A\r\x1b[2Kdone\n");
});
