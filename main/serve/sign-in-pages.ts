import type { ServerResponse } from "node:http";
import { securityHeaders } from "./content-policy.ts";

function page(title: string, body: string, head = ""): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${head}<title>${title}</title></head><body><h1>${title}</h1>${body}</body></html>`;
}

function send(response: ServerResponse, status: number, html: string, headers: Record<string, string>): void {
  response.writeHead(status, {
    ...headers,
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
  });
  response.end(html);
}

/** Plain pages for those who are not signed in: they work without any script, and say nothing of the engine. */
export function createSignInPages(options: { readonly isTls: boolean; readonly takesPassword: boolean }) {
  const headers = securityHeaders(null, options.isTls);
  const form =
    '<form method="post" action="/login"><label>Password <input type="password" name="password" autocomplete="current-password" autofocus required></label> <button>Sign in</button></form>';
  const how = options.takesPassword
    ? form
    : "<p>Open the link that <code>sma serve</code> printed. Press Enter there for a new one: each works once.</p>";
  return {
    signedOut: (response: ServerResponse, status = 401) =>
      send(response, status, page("Server Migration Assistant", how), headers),
    wrongPassword: (response: ServerResponse) =>
      send(response, 403, page("That is not the password", form), headers),
    spentLink: (response: ServerResponse) =>
      send(response, 403, page("This link was used already, or is too old", how), headers),
    tooMany: (response: ServerResponse) =>
      send(response, 429, page("Too many attempts", "<p>Wait a minute, then try again.</p>"), headers),
    /**
     * Goes on to the app by itself. A redirect would not do: a SameSite=Strict cookie is not sent along with a
     * navigation that began outside this site.
     */
    signedIn: (response: ServerResponse, cookie: string) =>
      send(
        response,
        200,
        page("Signed in", '<p><a href="/">Go on</a></p>', '<meta http-equiv="refresh" content="0; url=/">'),
        { ...headers, "Set-Cookie": cookie },
      ),
  };
}
