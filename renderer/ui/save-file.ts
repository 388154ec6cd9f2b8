import type { ExportedFile } from "../../common/api/assessment-procedures.ts";

/** Gives a file to the person, as a download. */
export function saveFile(file: ExportedFile): void {
  const content: BlobPart =
    file.encoding === "base64"
      ? Uint8Array.from(atob(file.content), (character) => character.codePointAt(0) ?? 0)
      : file.content;
  const url = URL.createObjectURL(new Blob([content], { type: file.mediaType }));
  const link = document.createElement("a");
  link.href = url;
  link.download = file.fileName;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
