/** `sma://job/ID` and `sma://source/ID` from mails, tickets and notifications. Anything else is ignored. */
export const linkScheme = "sma";

/** The place in the app that a link means, as the part of the address after `#`; null where it means none. */
export function placeOfLink(link: string): string | null {
  let url: URL;
  try {
    url = new URL(link);
  } catch {
    return null;
  }
  if (url.protocol !== `${linkScheme}:`) return null;
  const id = url.pathname.slice(1);
  if (!/^[A-Za-z0-9-]{1,64}$/.test(id)) return null;
  if (url.host === "job") return `/jobs/${id}`;
  if (url.host === "source") return `/compatibility/${id}`;
  return null;
}
