/** What the bench prints, on a tiny contest; no figure is judged. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createCairnPair } from './cairnPair.ts'
import { catchUp } from './catchUp.ts'
import { filesContests } from './files.ts'
import { measureGroup } from './group.ts'
import { lanContests } from './lan.ts'
import { createVocabulary, createWriter } from './manyTexts.ts'
import { searchContests } from './search.ts'
import { createRecorder } from './recorder.ts'
import { describeRow, median, percentile, runBench, runContest } from './runner.ts'
import type { BenchRow, Contest } from './runner.ts'
import { createSignalPair } from './signalPair.ts'
import { node } from '../support/providers.ts'

const contest = (changes: Partial<Contest>): Contest => ({
  ...{ case: 'tiny', metric: 'things', unit: '/s', better: 'more', peer: 'another', target: 1, rounds: 3, warmUps: 1 },
  ...{ runOurs: () => 6, runPeer: () => 4 },
  ...changes,
})

describe('a contest', () => {
  it('is a row of its medians', async () => {
    expect(await runContest('some', contest({}))).toEqual({
      ...{ bench: 'some', case: 'tiny', metric: 'things', unit: '/s', value: 6, peer: 'another', peerValue: 4 },
      ...{ ratio: 1.5, target: 1, met: true },
    })
  })

  it.each([
    ['more is better', contest({}), 1.5, true],
    ['less is better', contest({ better: 'less' }), 0.6667, false],
    ['no target', contest({ target: null }), 1.5, null],
  ])('%s', async (_, given, ratio, met) => {
    expect(await runContest('some', given)).toMatchObject({ ratio, met })
  })

  it('takes both in turn and forgets the warm-up', async () => {
    const turns: string[] = []
    let round = 0
    const runOurs = () => (turns.push('ours'), round++ === 0 ? 1_000_000 : round)
    const row = await runContest('some', contest({ runOurs, runPeer: () => (turns.push('peer'), 1) }))
    expect(turns.join(' ')).toBe('ours peer ours peer ours peer ours peer')
    expect(row.value).toBe(3)
  })

  it('is told in one line', async () => {
    const line = describeRow(await runContest('some', contest({})))
    expect(line).toMatch(/^some tiny .* 6 \/s .*another: 4 \/s .*×1\.50 .*met \(≥ 1\)$/)
  })
})

it('a bench runs its contests one after another and cleans up', async () => {
  const steps: string[] = []
  const bench = {
    name: 'some',
    async *contests() {
      yield contest({ case: 'one', rounds: 1, runOurs: () => (steps.push('one'), 1) })
      yield contest({ case: 'two', rounds: 1, warmUps: 0, runOurs: () => (steps.push('two'), 1) })
      steps.push('end')
    },
  }
  const names: string[] = []
  for await (const row of runBench(bench)) names.push(`${row.bench} ${row.case}`)
  expect(names).toEqual(['some one', 'some two'])
  expect(steps).toEqual(['one', 'one', 'two', 'end'])
})

it('the middle of many', () => {
  expect([median([3]), median([1, 10, 2]), median([4, 1, 3, 2])]).toEqual([3, 2, 2.5])
})

it('so many of a hundred are not above it', () => {
  expect([percentile([3, 1, 2], 0.5), percentile([5], 0.95), percentile([4, 1, 2, 3], 1)]).toEqual([2, 5, 4])
})

it('texts are the same for the same seed, and their words as in life: few are most of them', () => {
  const write = createWriter(createVocabulary(), 7)
  const texts = Array.from({ length: 400 }, write)
  expect(texts).toEqual(Array.from({ length: 400 }, createWriter(createVocabulary(), 7)))
  const counts = Map.groupBy(texts.join(' ').split(' '), (word) => word)
  expect(counts.get('the')?.length).toBeGreaterThan(20)
  expect([...counts.values()].filter(({ length }) => length === 1).length).toBeGreaterThan(300)
})

it('search: every kind of question has an answer, and the index a cost', async () => {
  const rows: BenchRow[] = []
  for await (const row of runBench({ name: 'search', contests: () => searchContests(150, 2) })) rows.push(row)
  expect(rows.filter(({ unit }) => unit === 'ms')).toHaveLength(18)
  const size = rows.find((row) => row.case === 'size')
  expect(size?.value).toBeGreaterThan(size?.peerValue ?? Infinity)
  expect(rows.every(({ value }) => value > 0)).toBe(true)
})

it('a file of a few chunks arrives, and every figure of it is one', async () => {
  const rows: BenchRow[] = []
  for await (const row of runBench({ name: 'files', contests: () => filesContests(200_000) })) rows.push(row)
  expect(rows.map(({ unit }) => unit)).toEqual(['MB/s', 'MB/s', 'MB/s', 'MB/s', 'MB', 'MB', 'MB', 'MB'])
  expect(rows.filter(({ unit }) => unit === 'MB/s').every(({ value, peerValue }) => value > 0 && peerValue > 0)).toBe(true)
})

it('the LAN link: bytes and answers come through with and without loss', async () => {
  const rows: BenchRow[] = []
  for await (const row of runBench({ name: 'lan', contests: () => lanContests(200_000, 5) })) rows.push(row)
  expect(rows.map(({ unit }) => unit)).toEqual([1, 2, 3, 4].flatMap(() => ['MB/s', 'MB/s of processor', 'ms']))
  expect(rows.every(({ value, peerValue }) => value > 0 && peerValue > 0)).toBe(true)
})

it('a week offline: everything that waited is shown', async () => {
  const { rate, delay } = await catchUp({ contacts: 2, messages: 4 })
  expect(rate).toBeGreaterThan(0)
  expect(delay.most).toBeGreaterThanOrEqual(delay.p50)
})

it('a group: everybody hears everybody, and what is written is shown to all', async () => {
  const { formed, shown, formingBytes, formingMost, messageBytes } = await measureGroup({ members: 3, writers: 2, messages: 2 })
  for (const figure of [formed, shown, formingBytes, formingMost, messageBytes]) expect(figure).toBeGreaterThan(0)
})

describe('what is compared', () => {
  it.each([
    ['cairn', createCairnPair],
    ['libsignal', createSignalPair],
  ])('%s carries texts either way', async (_, create) => {
    const pair = await create()
    for (const sender of ['A', 'B', 'B', 'A', 'A'] as const) expect(await pair.exchange(sender, `from ${sender}`)).toBe(`from ${sender}`)
  })

  it('primitives that remember do the same work', () => {
    const { primitives, start, stop, counts, replay } = createRecorder(node)
    const secret = new Uint8Array(32).fill(7)
    start()
    expect(primitives.x25519.publicKey(secret)).toEqual(node.x25519.publicKey(secret))
    expect(primitives.sha256(secret)).toEqual(node.sha256(secret))
    stop()
    primitives.sha256(secret)
    expect(counts()).toEqual({ 'x25519.publicKey': 1, sha256: 1 })
    expect(replay()).toBeGreaterThan(0)
  })
})

it('a name it does not know is refused, with those it knows', () => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [resolve(import.meta.dirname, 'main.ts'), 'rachet'], { encoding: 'utf8' })
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toBe('no bench is called rachet; there are ratchet, kx, app, relay, files, lan, group, catch-up, ui, search\n')
})
