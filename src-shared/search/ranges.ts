/** Where in a text that was found the words are that it was found by. */
import type { Term } from './query.ts'
import { fold, wordsIn, type Word } from './words.ts'

/** Start and length, in UTF-16 units. */
export type Range = [start: number, length: number]

/** In order, none touching another; null if a term is missing. */
export function rangesIn(text: string, terms: readonly Term[]): Range[] | null {
  const words = wordsIn(text)
  const found = terms.map((term) => rangesOf(text, words, term))
  return found.some((ranges) => ranges.length === 0) ? null : joined(found.flat())
}

function rangesOf(text: string, words: readonly Word[], term: Term): Range[] {
  return words.flatMap((first, i): Range[] => {
    if (!standsAt(words, i, term)) return []
    const last = words[i + term.words.length - 1] ?? first
    return [[first.from, last.from + (term.prefix ? beginning(text, last, term) : last.length) - first.from]]
  })
}

const standsAt = (words: readonly Word[], at: number, term: Term): boolean =>
  term.words.every((wanted, i) => {
    const here = words[at + i]?.text
    return term.prefix && i === term.words.length - 1 ? here?.startsWith(wanted) : here === wanted
  })

/** How much of a word, as it is written, the folded beginning stands for; marks go with their letter. */
function beginning(text: string, word: Word, term: Term): number {
  const wanted = term.words.at(-1)?.length ?? 0
  let length = 0
  for (const letter of text.slice(word.from, word.from + word.length)) {
    if (fold(text.slice(word.from, word.from + length)).length >= wanted && fold(letter) !== '') break
    length += letter.length
  }
  return length
}

/** Overlapping ones as one. */
function joined(ranges: Range[]): Range[] {
  const out: Range[] = []
  for (const [start, length] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = out.at(-1)
    if (last && start <= last[0] + last[1]) last[1] = Math.max(last[1], start + length - last[0])
    else out.push([start, length])
  }
  return out
}
