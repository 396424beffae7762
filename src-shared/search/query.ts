/** What a person looks for. Whatever is typed is words and phrases; there is nothing else in the language, so nothing can be wrong. */
import { limits } from '../contract/limits.ts'
import { standsAlone, wordsIn } from './words.ts'

/** Words that follow one another; a text is found if it has all terms. */
export interface Term {
  /** Folded, at least one. */
  words: string[]
  /** The last one is still being typed: it may be the beginning of a longer one. */
  prefix: boolean
}

/** Something in quotation marks of any kind, open ones up to the end; or something without a space in it. */
const chunk = /["“”„«»]([^"“”„«»]*)["“”„«»]?|[^\s"“”„«»]+/gu

/**
 * The terms of `text`: words, "phrases", and things like `don't` or `北京` as phrases of their words. The last word counts as a beginning
 * unless something stands behind it. Of more than `limits.searchTerms` the first are taken.
 */
export function parseQuery(text: string): Term[] {
  const terms: Term[] = []
  for (const [all, quoted] of text.matchAll(chunk)) {
    const words = wordsIn(quoted ?? all)
    if (words.length > 0) terms.push({ words: words.map((word) => word.text), prefix: false })
  }
  return withBeginning(terms.slice(0, limits.searchTerms), /[\p{L}\p{N}\p{M}]$/u.test(text))
}

/**
 * One letter begins too much: alone it is a word, and beside other words it waits for its second letter, so that what was found does not
 * come and go while somebody types.
 */
function withBeginning(terms: Term[], isOpen: boolean): Term[] {
  const last = terms.at(-1)
  const word = last?.words.at(-1)
  if (!isOpen || !last || word === undefined || standsAlone(word)) return terms
  if ([...word].length > 1) return [...terms.slice(0, -1), { ...last, prefix: true }]
  const rest = [...terms.slice(0, -1), { ...last, words: last.words.slice(0, -1) }].filter(({ words }) => words.length > 0)
  return rest.length > 0 ? rest : terms
}
