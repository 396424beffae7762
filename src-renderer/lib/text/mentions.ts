import type { Mention } from '#shared/contract/itemModels.ts'
import { limits } from '#shared/contract/limits.ts'

/** Somebody who can be mentioned here. */
export interface Person {
  id: string
  name: string
}

const wordChar = /[\p{L}\p{N}]/u

/** Every `@name` of the people in a text, each where it stands. A name that another one begins with gives way to it. */
export function mentionsIn(text: string, people: readonly Person[]): Mention[] {
  const longestFirst = people.toSorted((a, b) => b.name.length - a.name.length)
  const found: Mention[] = []
  for (let at = text.indexOf('@'); at !== -1 && found.length < limits.mentions; at = text.indexOf('@', at + 1)) {
    if (wordChar.test(text[at - 1] ?? '')) continue
    const who = longestFirst.find(({ name }) => text.startsWith(name, at + 1) && !wordChar.test(text[at + 1 + name.length] ?? ''))
    if (who) found.push({ from: at, length: who.name.length + 1, id: who.id })
  }
  return found
}

export interface MentionQuery {
  /** Where its `@` stands. */
  from: number
  people: Person[]
}

/** Whom the word before the caret may be about to mention; null where it does not begin with an `@`. */
export function mentionQuery(text: string, caret: number, people: readonly Person[]): MentionQuery | null {
  const found = /(^|[^\p{L}\p{N}@])@([^@\n]{0,64})$/u.exec(text.slice(0, caret))
  if (!found) return null
  const typed = (found[2] ?? '').toLowerCase()
  const fits = people.filter(({ name }) => [name, ...name.split(/\s+/)].some((part) => part.toLowerCase().startsWith(typed)))
  const isDone = fits.some(({ name }) => name.toLowerCase() === typed)
  return fits.length > 0 && !isDone ? { from: caret - typed.length - 1, people: fits } : null
}
