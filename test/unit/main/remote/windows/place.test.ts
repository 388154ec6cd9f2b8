import { describe, expect, it } from "vitest";
import { parsePlace } from "../../../../../main/remote/windows/session.ts";

describe("what a Windows source says of its folders", () => {
  const folderOf = (temporary: string): string | undefined =>
    parsePlace(`C:\\WINDOWS;x86;%PROCESSOR_ARCHITEW6432%;${temporary};\r\n`)?.temporaryFolder;

  it("gives the account's own folder for temporary files", () => {
    expect(folderOf("C:\\DOCUME~1\\ADMINI~1\\LOCALS~1\\Temp")).toBe("C:\\DOCUME~1\\ADMINI~1\\LOCALS~1\\Temp");
    expect(folderOf("C:\\Users\\管理者\\AppData\\Local\\Temp")).toBe(
      "C:\\Users\\管理者\\AppData\\Local\\Temp",
    );
  });

  it.each(["C:\\Users\\\ufffd\ufffd\ufffd\\Temp", "%TEMP%", "C:\\a%b%", "\\\\server\\share", ""])(
    "gives the system's where the own one did not arrive as a plain path: %s",
    (temporary) => {
      expect(folderOf(temporary)).toBe("C:\\WINDOWS\\Temp");
    },
  );

  it("takes the processor of the system, not that of a 32-bit shell on it", () => {
    expect(parsePlace("C:\\Windows;x86;AMD64;C:\\T;\r\n")?.architecture).toBe("AMD64");
    expect(parsePlace("no such thing")).toBeNull();
  });
});
