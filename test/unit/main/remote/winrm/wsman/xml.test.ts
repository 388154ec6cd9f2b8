import { describe, expect, it } from "vitest";
import { unwrap } from "../../../../../../common/result.ts";
import { readXml } from "../../../../../../main/remote/winrm/wsman/xml-reader.ts";
import { allText, child, findByName } from "../../../../../../main/remote/winrm/wsman/xml-tree.ts";
import { writeXml } from "../../../../../../main/remote/winrm/wsman/xml-writer.ts";

const read = (xml: string) => unwrap(readXml(xml));
const problem = (xml: string, limits = {}) => {
  const result = readXml(xml, limits);
  return result.ok ? null : result.failure;
};

describe("reading XML", () => {
  it("resolves prefixes, also those that an inner element declares anew", () => {
    const root = read(
      '<a:x xmlns:a="one" xmlns="two"><a:y/><z/><w xmlns:a="three" a:k="v" k="u"><a:y/></w></a:x>',
    );
    expect([root.namespace, root.name]).toEqual(["one", "x"]);
    expect(root.children.map(({ namespace, name }) => [namespace, name])).toEqual([
      ["one", "y"],
      ["two", "z"],
      ["two", "w"],
    ]);
    const inner = root.children[2];
    expect(inner?.children[0]?.namespace).toBe("three");
    expect([...(inner?.attributes ?? [])]).toEqual([
      ["{three}k", "v"],
      ["k", "u"],
    ]);
  });

  it("resolves the five entities and numeric references, once", () => {
    expect(read("<x a='&quot;&#65;'>&lt;&amp;amp;&gt;&apos;&#x1F600;&#13;</x>")).toMatchObject({
      text: "<&amp;>'😀\r",
      attributes: new Map([["a", '"A']]),
    });
  });

  it("takes CDATA as text and drops comments, the declaration and a byte order mark", () => {
    expect(read('\ufeff<?xml version="1.0"?><!-- c --><x>a<!-- <b> --><![CDATA[<&>]]]]></x>\n').text).toBe(
      "a<&>]]",
    );
  });

  it("gives the text of a tree in order", () => {
    const root = read("<a> one <b>two</b><c><d>three</d></c></a>");
    expect(allText(root)).toBe("one two three");
    expect(findByName(root, "d")?.text).toBe("three");
    expect(child(root, "", "d")).toBeNull();
  });

  it.each([
    ["a document type", "<!DOCTYPE x><x/>"],
    ["an entity declaration", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'],
    ["an entity beyond the five", "<x>&nbsp;</x>"],
    ["a bare ampersand", "<x>a & b</x>"],
    ["an entity without its end", "<x>&amp</x>"],
    ["a reference to a character that XML does not have", "<x>&#0;</x>"],
    ["a reference beyond Unicode", "<x>&#x110000;</x>"],
    ["a reference to half a character", "<x>&#xD800;</x>"],
    ["a processing instruction", '<?xml-stylesheet href="x"?><x/>'],
    ["a processing instruction inside", "<x><?php ?></x>"],
    ["an element that is not closed", "<x><y></x>"],
    ["elements that cross", "<x><y></x></y>"],
    ["a close of nothing", "</x>"],
    ["two document elements", "<x/><y/>"],
    ["text before the element", "hello <x/>"],
    ["text behind the element", "<x/> hello"],
    ["CDATA outside", "<x/><![CDATA[a]]>"],
    ["an undeclared prefix", "<a:x/>"],
    ["an undeclared prefix of an attribute", '<x a:b="c"/>'],
    ["an attribute twice", '<x a="1" a="2"/>'],
    ["an attribute twice under two prefixes", '<x xmlns:a="n" xmlns:b="n" a:k="1" b:k="2"/>'],
    ["an attribute without quotes", "<x a=1/>"],
    ["an attribute without a value", "<x a/>"],
    ["an attribute that holds a tag", '<x a="<y>"/>'],
    ["attributes without space between", '<x a="1"b="2"/>'],
    ["a comment without an end", "<x><!-- </x>"],
    ["CDATA without an end", "<x><![CDATA[ </x>"],
    ["a tag without an end", "<x"],
    ["a close without an end", "<x></x"],
    ["a name that is none", "<1x/>"],
    ["nothing", ""],
    ["no element", "<!-- only -->"],
  ])("refuses %s", (_, xml) => {
    expect(problem(xml)).toMatchObject({ code: "protocol-violation" });
  });

  it.each([
    ["longer", "<x>abc</x>", { maxCharacters: 9 }],
    ["deeper", "<a><b><c/></b></a>", { maxDepth: 2 }],
    ["of more elements", "<a><b/><b/><b/></a>", { maxElements: 3 }],
    ["of more attributes", '<a b="1" c="2" d="3"/>', { maxAttributes: 2 }],
  ])("refuses a document that is %s than allowed, and takes it at the limit", (_, xml, limits) => {
    const [name, limit] = Object.entries(limits)[0] ?? ["", 0];
    expect(problem(xml, limits)).toMatchObject({ code: "protocol-violation" });
    expect(problem(xml, { [name]: limit + 1 })).toBeNull();
  });

  it("says where the trouble is", () => {
    expect(problem("<x>&bad;</x>")?.context["position"]).toBe(3);
  });

  it("needs no longer than a moment for long runs of what it looks for", () => {
    for (const unit of ["<", "&", '<x a="', "<!--", "]]>", "<x>", "&#", " "])
      problem(`<x>${unit.repeat(200_000)}`);
    expect(problem(`<x ${" ".repeat(500_000)}/>`)).toBeNull();
  });

  it("never crashes, wherever a document is cut off or altered", () => {
    const xml = '<?xml version="1.0"?><a:x xmlns:a="n" k="&lt;"><!-- c --><![CDATA[d]]><y>&#65;</y></a:x>';
    for (let length = 0; length < xml.length; length++) {
      expect(problem(xml.slice(0, length))).not.toBeNull();
      for (const character of ["<", ">", "&", '"', "/", "!", "\0", " "]) {
        problem(xml.slice(0, length) + character + xml.slice(length + 1));
      }
    }
  });
});

describe("writing XML", () => {
  it("is read back unchanged, whatever text it carries", () => {
    const text = "<&>\"' \r\n\t é 秘 😀 ]]> <!-- &amp; _x000D_";
    const written = unwrap(
      writeXml({ name: "x", attributes: { k: text }, content: [{ name: "y", content: text }] }),
    );
    const root = read(written);
    expect(root.attributes.get("k")).toBe(text);
    expect(root.children[0]?.text).toBe(text);
  });

  it.each(["\0", "\u001b", "\ud800", "\uffff"])(
    "refuses %j, which XML cannot carry, and names the element",
    (text) => {
      const written = writeXml({ name: "x", content: [{ name: "y", content: text }] });
      expect(written).toMatchObject({
        ok: false,
        failure: { code: "input-invalid", context: { field: "y" } },
      });
    },
  );
});
