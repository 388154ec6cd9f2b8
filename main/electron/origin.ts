/** The screens have a scheme of their own: a page from a file would share its origin with every file. */
export const screensScheme = "sma-app";
export const screensHost = "screens";
export const screensOrigin = `${screensScheme}://${screensHost}`;

export function isOurs(url: string): boolean {
  try {
    const { protocol, host } = new URL(url);
    return protocol === `${screensScheme}:` && host === screensHost;
  } catch {
    return false;
  }
}
