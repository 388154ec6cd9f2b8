/** Headers that keep a page of ours to itself, and what is ours from others' pages. */

/** Nothing but our own files; no inline script at all; inline styles only with the response's nonce. */
export function contentSecurityPolicy(styleNonce: string | null): string {
  const style = styleNonce === null ? "'self'" : `'self' 'nonce-${styleNonce}'`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src ${style}`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

export function securityHeaders(styleNonce: string | null, isTls: boolean): Record<string, string> {
  return {
    "Content-Security-Policy": contentSecurityPolicy(styleNonce),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), usb=(), serial=(), payment=()",
    ...(isTls ? { "Strict-Transport-Security": "max-age=31536000" } : {}),
  };
}
