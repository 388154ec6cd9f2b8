/** `1 source`, `2 sources`; the count comes already written in figures. */
export function counted(count: string, one: string): string {
  return `${count} ${count === "1" ? one : `${one}s`}`;
}
