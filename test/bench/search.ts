/**
 * Search: the first page of what is found among a million messages, 95 of 100 times, beside the limit; what the index costs as messages
 * come, and how large it is.
 */
import type { Wanted } from '#main/storage/searchStore.ts'
import { createSearchStage, spanMs, type SearchStage } from './manyMessages.ts'
import { seeded } from './manyTexts.ts'
import { percentile, type Bench, type Contest } from './runner.ts'

interface Kind {
  case: string
  query: (pick: Pick) => string
  filter?: (stage: SearchStage, chance: number) => Partial<Wanted>
}

interface Pick {
  /** A word between two ranks, of any language. */
  word(from: number, to: number): string
  hanzi(from: number, to: number): string
}

const day = 24 * 3600_000
const month = 30 * day
const kinds: Kind[] = [
  { case: 'very common word', query: (pick) => `${pick.word(0, 15)} ` },
  { case: 'word', query: (pick) => `${pick.word(50, 2000)} ` },
  { case: 'rare word', query: (pick) => `${pick.word(8000, 12_000)} ` },
  { case: 'no such word', query: (pick) => `${pick.word(0, 100)}qqx${pick.word(0, 100)} ` },
  { case: 'prefix, 2 letters', query: (pick) => pick.word(0, 12_000).slice(0, 2) },
  { case: 'prefix, 3 letters', query: (pick) => pick.word(200, 12_000).slice(0, 3) },
  { case: 'prefix, 4 and more', query: (pick) => pick.word(200, 12_000).slice(0, 4 + Math.floor(pick.word(0, 12_000).length / 4)) },
  { case: 'two common words', query: (pick) => `${pick.word(0, 40)} ${pick.word(0, 40)} ` },
  { case: 'common and rare', query: (pick) => `${pick.word(0, 10)} ${pick.word(3000, 12_000)} ` },
  { case: 'phrase', query: (pick) => `"${pick.word(0, 30)} ${pick.word(0, 30)}"` },
  { case: 'Chinese, 1 letter', query: (pick) => pick.hanzi(0, 1500) },
  { case: 'Chinese, 2 letters', query: (pick) => pick.hanzi(0, 200) + pick.hanzi(0, 200) },
  { case: 'common, one person', query: (pick) => `${pick.word(0, 40)} `, filter: ({ contact }) => ({ contact }) },
  { case: 'common, mine', query: (pick) => `${pick.word(0, 40)} `, filter: () => ({ own: true }) },
  { case: 'common, a month', query: (pick) => `${pick.word(0, 40)} `, filter: ({ now }, at) => dated(now, at, month) },
  {
    case: 'rare, theirs, a month',
    query: (pick) => `${pick.word(500, 9000)} `,
    filter: ({ now }, at) => ({ ...dated(now, at, month), own: false }),
  },
  { case: 'common, before 3 years', query: (pick) => `${pick.word(0, 40)} `, filter: ({ now }) => ({ until: now - 3 * 365 * day }) },
  { case: 'common, since yesterday', query: (pick) => `${pick.word(0, 40)} `, filter: ({ now }) => ({ since: now - day }) },
]

const dated = (now: number, chance: number, length: number) => {
  const since = Math.round(now - spanMs + chance * (spanMs - length))
  return { since, until: since + length }
}

function createPick({ vocabulary }: SearchStage, random: () => number): Pick {
  const between = (list: readonly string[], from: number, to: number) =>
    list[Math.min(list.length - 1, from + Math.floor(random() * (to - from)))] ?? ''
  return {
    word: (from, to) => between(vocabulary.words[Math.floor(random() * vocabulary.words.length)] ?? [], from, to),
    hanzi: (from, to) => between(vocabulary.hanzi, from, to),
  }
}

export async function* searchContests(messages: number, questions: number): AsyncGenerator<Contest> {
  const stage = await createSearchStage(messages)
  const random = seeded(5)
  const pick = createPick(stage, random)
  try {
    for (const { case: name, query, filter } of kinds) {
      const ask = () => stage.ask(query(pick), filter?.(stage, random()) ?? {})
      yield {
        ...{ case: name, metric: 'first page, p95', unit: 'ms', better: 'less', peer: 'limit', target: 1, rounds: 3, warmUps: 1 },
        runOurs: () => percentile(Array.from({ length: questions }, ask), 0.95),
        runPeer: () => 50,
      }
    }
    const cost = {
      metric: 'a message',
      unit: 'µs',
      better: 'less',
      peer: 'without the index',
      target: null,
      rounds: 5,
      warmUps: 1,
    } as const
    for (const [name, count, each] of [
      ['insert, one a commit', questions, 1],
      ['insert, 100 a commit', questions * 10, 100],
    ] as const)
      yield { ...cost, case: name, runOurs: () => stage.insert(count, each, true), runPeer: () => stage.insert(count, each, false) }
    const sizes = stage.sizes()
    yield {
      ...{ ...cost, case: 'size', metric: 'database', unit: 'MB', rounds: 1, warmUps: 0 },
      ...{ runOurs: () => sizes.whole / 1e6, runPeer: () => sizes.bare / 1e6 },
    }
  } finally {
    stage.close()
  }
}

export const searchBench: Bench = { name: 'search', contests: () => searchContests(1_000_000, 100) }
