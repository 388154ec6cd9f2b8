import type { XmlElement } from "./xml-reader.ts";

/** The first child of that name; null where there is none. */
export function child(element: XmlElement, namespace: string, name: string): XmlElement | null {
  return (
    element.children.find((candidate) => candidate.namespace === namespace && candidate.name === name) ?? null
  );
}

export function childrenNamed(element: XmlElement, namespace: string, name: string): readonly XmlElement[] {
  return element.children.filter((candidate) => candidate.namespace === namespace && candidate.name === name);
}

/** Follows a path of names in one namespace; null where a step is missing. */
export function descend(
  element: XmlElement,
  namespace: string,
  ...names: readonly string[]
): XmlElement | null {
  let current: XmlElement | null = element;
  for (const name of names) current = current === null ? null : child(current, namespace, name);
  return current;
}

/** The first element of that name in the tree, in document order, whatever its namespace. */
export function findByName(element: XmlElement, name: string): XmlElement | null {
  if (element.name === name) return element;
  for (const candidate of element.children) {
    const found = findByName(candidate, name);
    if (found !== null) return found;
  }
  return null;
}

/** All text in and below the element, in document order of the elements, single-spaced. */
export function allText(element: XmlElement): string {
  return [element.text, ...element.children.map(allText)].join(" ").replace(/\s+/g, " ").trim();
}
