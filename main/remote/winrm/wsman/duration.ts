/** An xs:duration in seconds, as WS-Management writes its timeouts. */
export function secondsDuration(milliseconds: number): string {
  return `PT${(milliseconds / 1000).toFixed(3)}S`;
}
