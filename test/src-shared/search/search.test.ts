/** Words, questions and what is marked: the three agree, whatever is typed. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { limits } from '#shared/contract/limits.ts'
import { parseQuery } from '#shared/search/query.ts'
import { rangesIn } from '#shared/search/ranges.ts'
import { fold, wordsIn } from '#shared/search/words.ts'

const wordTexts = (text: string) => wordsIn(text).map((word) => word.text)

/** What is marked in a text, in brackets; null if it is not found. */
function marked(text: string, query: string): string | null {
  const ranges = rangesIn(text, parseQuery(query))
  if (ranges === null) return null
  return ranges.reduceRight(
    (out, [from, length]) => `${out.slice(0, from)}[${out.slice(from, from + length)}]${out.slice(from + length)}`,
    text,
  )
}

describe('words', () => {
  it.each([
    ['Don’t go — now!', ['don', 't', 'go', 'now']],
    ['Été ÉTÉ e\u0301te\u0301', ['ete', 'ete', 'ete']],
    ['ΟΔΌΣ οδός', ['οδοσ', 'οδοσ']],
    ['Ещё İstanbul Straße', ['еще', 'istanbul', 'straße']],
    ['كِتَاب שָׁלוֹם', ['كتاب', 'שלום']],
    ['北京2026年コーヒー', ['北', '京', '2026', '年', 'コ', 'ー', 'ヒ', 'ー']],
    ['한국어 ガ हिन्दी', ['한국어', 'ガ', 'हिन्दी']],
    ['ที่นี่', ['ที่', 'นี่']],
    ['🎉 … \u{e000}', []],
  ])('of %s', (text, expected) => {
    expect(wordTexts(text)).toEqual(expected)
  })

  it('stand where they are said to, and folding them once more changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const { text: word, from, length } of wordsIn(text)) {
          expect(fold(text.slice(from, from + length))).toBe(word)
          expect(fold(word)).toBe(word)
        }
      }),
    )
  })
})

describe('a question', () => {
  it.each([
    ['tent pole', [['tent'], ['pole', '*']]],
    ['tent pole ', [['tent'], ['pole']]],
    [
      '"tent pole" rain',
      [
        ['tent', 'pole'],
        ['rain', '*'],
      ],
    ],
    ['“tent pole', [['tent', 'pole', '*']]],
    ['"tent pole"', [['tent', 'pole']]],
    ["don't", [['don']]],
    ['tent p', [['tent']]],
    ['p', [['p']]],
    ['北京', [['北', '京']]],
    ['NEAR(a b) col:x* OR -y ^z', [['near', 'a'], ['b'], ['col', 'x'], ['or'], ['y']]],
    ['"" * : 🎉', []],
  ])('%s', (query, expected) => {
    expect(parseQuery(query).map(({ words, prefix }) => [...words, ...(prefix ? ['*'] : [])])).toEqual(expected)
  })

  it('of many words: the first count', () => {
    const words = Array.from({ length: limits.searchTerms + 3 }, (_, i) => `word${String(i)}`)
    expect(parseQuery(words.join(' ')).map((term) => term.words[0])).toEqual(words.slice(0, limits.searchTerms))
  })

  it('is never wrong, and finds itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: limits.searchChars }), (text) => {
        const terms = parseQuery(text)
        expect(terms.every(({ words }) => words.length > 0)).toBe(true)
        expect(rangesIn(text, terms)).not.toBeNull()
      }),
    )
  })
})

describe('what is marked', () => {
  it.each([
    ['The tent pole is here', 'tent po', 'The [tent] [po]le is here'],
    ['Le café CAFÉ cafe\u0301s', 'cafe', 'Le [café] [CAFÉ] [cafe\u0301]s'],
    ['Le café', 'caf', 'Le [caf]é'],
    ['我们在北京见', '北京', '我们在[北京]见'],
    ['I don’t know', '"don t"', 'I [don’t] know'],
    ['one two one two', '"two one" one', '[one] [two one] two'],
    ['aaa aaaa aa', 'aa aaa', '[aaa] [aaa]a [aa]'],
    ['tent and pole', '"tent pole"', null],
    ['only a tent', 'tent pole', null],
  ])('%s, asked for %s', (text, query, expected) => {
    expect(marked(text, query)).toBe(expected)
  })
})
