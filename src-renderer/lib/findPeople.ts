import { wordsIn } from '#shared/search/words.ts'

/** Folding ten thousand names takes a moment; they rarely change. */
const known = new Map<string, readonly string[]>()

function wordsOf(name: string): readonly string[] {
  const words = known.get(name) ?? wordsIn(name).map(({ text }) => text)
  known.set(name, words)
  return words
}

/** Those of whose names each word of the query begins one; in the order given. */
export function findPeople<T extends { name: string; ownName: string }>(people: readonly T[], query: string): T[] {
  const wanted = wordsIn(query).map(({ text }) => text)
  if (wanted.length === 0) return []
  const has = (words: readonly string[]) => wanted.every((beginning) => words.some((word) => word.startsWith(beginning)))
  return people.filter(({ name, ownName }) => has(wordsOf(name)) || (ownName !== name && has(wordsOf(ownName))))
}
