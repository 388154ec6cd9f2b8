import { describe, expect, it } from "vitest";
import { decodeClixml } from "../../../../../../main/remote/winrm/wsman/clixml.ts";

const objects = (inner: string) =>
  `#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">${inner}</Objs>`;
const progress =
  '<Obj S="progress" RefId="0"><TN RefId="0"><T>System.Object</T></TN><MS><S N="Activity">Preparing</S></MS></Obj>';

describe("what PowerShell writes to standard error", () => {
  it("becomes the lines that a console would show", () => {
    const text = objects('<S S="Error">cannot find_x000D__x000A_</S><S S="Error">+ line 1_x000D__x000A_</S>');
    expect(decodeClixml(text)).toBe("cannot find\r\n+ line 1\r\n");
  });

  it("loses its progress records", () => {
    expect(decodeClixml(objects(`${progress}<S S="warning">careful_x000A_</S>`))).toBe("careful\n");
    expect(decodeClixml(objects(progress))).toBe("");
  });

  it("keeps what other programs wrote before it", () => {
    expect(decodeClixml(`native words\r\n${objects('<S S="Error">late</S>')}`)).toBe("native words\r\nlate");
  });

  it("keeps what other programs wrote behind it", () => {
    expect(decodeClixml(`${objects('<S S="Error">early_x000A_</S>')}\r\nnative words`)).toBe(
      "early\nnative words",
    );
    expect(decodeClixml(`${objects(progress)}\r\nnative words`)).toBe("native words");
  });

  it("may come several times over", () => {
    const both = `${objects('<S S="Error">one </S>')}${objects('<S S="Error">two</S>')}`;
    expect(decodeClixml(both)).toBe("one two");
  });

  it("shows errors that come as objects", () => {
    const error =
      '<Obj S="Error" RefId="0"><ToString>it broke</ToString><Props><S N="Message">it broke</S></Props></Obj>';
    expect(decodeClixml(objects(error))).toBe("it broke\r\n");
  });

  it("escapes a literal underscore sequence as PowerShell does", () => {
    expect(decodeClixml(objects('<S S="Error">a_x005F_x0041_ _xD83D__xDE00_</S>'))).toBe("a_x0041_ 😀");
  });

  it.each([
    ["is plain", "plain text\r\n"],
    ["is cut short", '#< CLIXML\r\n<Objs Version="1.1.0.1"><S S="Error">half'],
    ["is no XML", "#< CLIXML\r\n& nonsense"],
    ["is hostile", '#< CLIXML\r\n<!DOCTYPE x [<!ENTITY a "b">]><Objs>&a;</Objs>'],
  ])("is left as it is where it %s", (_, text) => {
    expect(decodeClixml(text)).toBe(text);
  });
});
