/**
 * A table that is asked for words from outside. It has no prototype: a plain object also knows `constructor`, and what
 * it has there is no `V`.
 */
export function wordTable<V>(words: Readonly<Record<string, V>>): Readonly<Record<string, V>> {
  return Object.assign(Object.create(null) as Record<string, V>, words);
}
