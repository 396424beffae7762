/**
 * What counts as a word, and when two are the same: for the index of words, for what a person looks for, and for what is marked in the
 * text that was found. All three must agree, so nothing but this decides it.
 */
export interface Word {
  /** Folded. */
  text: string
  /** Where it stands, in UTF-16 units. */
  from: number
  length: number
}

/** Scripts that write words without spaces: there each letter is a word of its own, and a word in a question is a phrase of them. */
const spaceless = String.raw`[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]`
const inWords = String.raw`[\p{L}\p{N}]`
const alone = new RegExp(`^[${inWords}&&${spaceless}]`, 'v')
const word = new RegExp(String.raw`[${inWords}&&${spaceless}]\p{M}*|[${inWords}--${spaceless}][[\p{L}\p{N}\p{M}]--${spaceless}]*`, 'gv')

/** Marks that people leave out when they look for something: of Latin, Greek and Cyrillic, Hebrew points, Arabic vowels, variants. */
const marks = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu
const plain = /^[\0-\x7f]*$/

/** Lower case, without marks. `Straße` stays apart from `strasse`, as letters do; `ÉTÉ`, `été` and `ete` are one. */
export function fold(text: string): string {
  if (plain.test(text)) return text.toLowerCase()
  return text.normalize('NFD').toLowerCase().replace(marks, '').normalize('NFC').replaceAll('ς', 'σ')
}

/** In order. */
export const wordsIn = (text: string): Word[] =>
  Array.from(text.matchAll(word), ({ 0: found, index }) => ({ text: fold(found), from: index, length: found.length }))

/** A letter that is a word of its own, and so never the beginning of one. */
export const standsAlone = (folded: string): boolean => alone.test(folded)
