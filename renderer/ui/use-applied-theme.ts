import { useSyncExternalStore } from "react";

/**
 * The theme that the page wears now, for what is painted with colours that were read. It comes after the preference,
 * and for `system` without a change of it.
 */
export function useAppliedTheme(): string {
  return useSyncExternalStore(follow, appliedTheme);
}

const attribute = "data-mantine-color-scheme";

function appliedTheme(): string {
  return document.documentElement.getAttribute(attribute) ?? "";
}

function follow(onChange: () => void): () => void {
  const observer = new MutationObserver(onChange);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: [attribute] });
  return () => observer.disconnect();
}
