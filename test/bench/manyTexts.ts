/** Texts as people write them, by a seed: few words often and many seldom (Zipf), in several languages and scripts. */

/** Repeats for the same seed; from 0 to 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const frequent = [
  'the to and you i a it is that in of we for on not have do are me so at be but my with if was this can just what no will up at or see all go'.split(
    ' ',
  ),
  'ich ist das die und nicht du wir es ein der so zu mit auf was für den aber noch mal wie schon über morgen können später'.split(' '),
  'je de est pas le la les et que un vous on ça tu à qui en elle ce été déjà où peut être demain café très même'.split(' '),
  'и не я что в на ты с как это мы он все да но у же ещё мне было завтра хорошо'.split(' '),
]
const syllables = [
  'ba ten lor mi sta der ing ver con al tion pro mar ket ship land er wood ness fin'.split(' '),
  'schi ber gen hau ver lich keit stra müh kön un ter gan ze tür ung hö ren wal der'.split(' '),
  'mon té ra ble che val pla ge ré ton voi sin né ces ment pou lai sse ri on'.split(' '),
  'при ве да мо сте ло го ра бо та ни ще ку пол ста ри на де ся ть'.split(' '),
]
const hanzi = Array.from({ length: 1500 }, (_, i) => String.fromCodePoint(0x4e00 + i * 7))
const wordsOfEach = 12_000

export interface Vocabulary {
  /** By rank: the first is the most frequent one. */
  words: readonly (readonly string[])[]
  hanzi: readonly string[]
}

export function createVocabulary(): Vocabulary {
  const random = seeded(1)
  const coin = (parts: readonly string[]) =>
    Array.from({ length: 2 + Math.floor(random() * 3) }, () => parts[Math.floor(random() * parts.length)] ?? '').join('')
  const words = frequent.map((known, i) => {
    const all = new Set(known)
    while (all.size < wordsOfEach) all.add(coin(syllables[i] ?? []))
    return [...all]
  })
  return { words, hanzi }
}

/** A rank that comes about as often as one over it. */
const zipf = (random: () => number, count: number): number => Math.floor(Math.exp(random() * Math.log(count + 1))) - 1

/** One of twelve texts is Chinese; most have 3 to 20 words. */
export function createWriter({ words, hanzi: letters }: Vocabulary, seed: number): () => string {
  const random = seeded(seed)
  const many = (most: number) => 3 + Math.floor(random() ** 2 * most)
  return () => {
    const language = Math.floor(random() * 12)
    if (language === 11) return Array.from({ length: many(24) }, () => letters[zipf(random, letters.length)]).join('')
    const list = words[language < 6 ? 0 : language < 8 ? 1 : language < 10 ? 2 : 3] ?? []
    return Array.from({ length: many(22) }, () => list[zipf(random, list.length)]).join(' ')
  }
}
