import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative } from "node:path";
import type { ServerResponse } from "node:http";
import { eventPlaceMeta, type EventPlace } from "../../common/api/bridge.ts";
import { securityHeaders } from "./content-policy.ts";
import { wordTable } from "../../common/word-table.ts";

export const contentTypes = wordTable<string>({
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
});

/** The page with elements that tell it something; neither names nor contents have anything that would be markup. */
function withMeta(page: string, told: Readonly<Record<string, string>>): string {
  const elements = Object.entries(told).map(
    ([name, content]) => `<meta name="${name}" content="${content}" />`,
  );
  return page.replace("<head>", `<head>${elements.join("")}`);
}

/** The page with this response's nonce in it, which the component library wants for the style elements that it makes. */
export function withStyleNonce(page: string, nonce: string): string {
  return withMeta(page, { "style-nonce": nonce });
}

/** The built screens. Only names that the folder really holds are served, so no path can lead out of it. */
export class StaticFiles {
  readonly #directory: string;
  readonly #isTls: boolean;
  #names: ReadonlySet<string> = new Set();

  constructor(directory: string, isTls: boolean) {
    this.#directory = directory;
    this.#isTls = isTls;
  }

  /** @param place what is read after this moment, and then followed from here, is whole. */
  async sendIndex(place: EventPlace, response: ServerResponse): Promise<void> {
    const nonce = randomBytes(16).toString("base64url");
    const page = await readFile(join(this.#directory, "index.html"), "utf8");
    response.writeHead(200, {
      ...securityHeaders(nonce, this.#isTls),
      "Content-Type": "text/html; charset=utf-8",
      "Cache-Control": "no-store",
    });
    response.end(
      withMeta(withStyleNonce(page, nonce), { [eventPlaceMeta]: `${place.engine} ${place.after}` }),
    );
  }

  /** False where there is no such file. */
  async send(path: string, response: ServerResponse): Promise<boolean> {
    const type = contentTypes[extname(path).toLowerCase()];
    if (type === undefined || path === "/index.html" || !(await this.#holds(path))) return false;
    const content = await readFile(join(this.#directory, path)).catch(() => null);
    if (content === null) return false;
    response.writeHead(200, {
      ...securityHeaders(null, this.#isTls),
      "Content-Type": type,
      "Content-Length": content.length,
      // Built files carry the hash of their content in their name.
      "Cache-Control": path.startsWith("/assets/") ? "private, max-age=31536000, immutable" : "no-cache",
    });
    response.end(content);
    return true;
  }

  /** Looks again where the name is not known: the screens may have been built anew. */
  async #holds(path: string): Promise<boolean> {
    if (this.#names.has(path)) return true;
    const entries = await readdir(this.#directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    this.#names = new Set(
      files.map(({ parentPath, name }) => {
        const within = relative(this.#directory, join(parentPath, name));
        return `/${within.replaceAll("\\", "/")}`;
      }),
    );
    return this.#names.has(path);
  }
}
