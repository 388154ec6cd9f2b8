import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import { protocol } from "electron";
import { securityHeaders } from "../serve/content-policy.ts";
import { contentTypes, withStyleNonce } from "../serve/static-files.ts";
import { isOurs, screensScheme } from "./origin.ts";

/** Must be called before the app is ready. */
export function registerScreensScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: screensScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serves the built screens, and nothing else, with the same headers as `sma serve`. */
export function serveScreens(directory: string): void {
  protocol.handle(screensScheme, async (request) => {
    const url = new URL(request.url);
    if (!isOurs(request.url)) return new Response(null, { status: 404 });
    const named = decoded(url.pathname);
    if (named === null) return new Response(null, { status: 404 });
    const path = normalize(named);
    const file = join(directory, path === sep || !path.includes(".") ? "index.html" : path);
    const type = contentTypes[extname(file).toLowerCase()];
    if (!file.startsWith(directory + sep) || type === undefined) return new Response(null, { status: 404 });
    const content = await readFile(file).catch(() => null);
    if (content === null) return new Response(null, { status: 404 });
    const isPage = file.endsWith(".html");
    const nonce = isPage ? randomBytes(16).toString("base64url") : null;
    return new Response(
      nonce === null ? new Uint8Array(content) : withStyleNonce(content.toString("utf8"), nonce),
      {
        headers: { ...securityHeaders(nonce, false), "Content-Type": type, "Cache-Control": "no-store" },
      },
    );
  });
}

/** Null for a path that is none. */
function decoded(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
