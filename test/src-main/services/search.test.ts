/** Search as a window asks for it: a whole app, notes to oneself, everything through the contract. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { snippetOf } from '#main/services/search.ts'
import type { SearchPage } from '#shared/contract/itemModels.ts'
import type { Input } from '#shared/contract/contract.ts'
import { limits } from '#shared/contract/limits.ts'
import { parseQuery } from '#shared/search/query.ts'
import { rangesIn } from '#shared/search/ranges.ts'
import { sendFile } from '#test/support/files.ts'
import { temporaryFolder } from '#test/support/profileFolder.ts'
import { startTestApp, type TestApp } from '#test/support/testApp.ts'

let folder: ReturnType<typeof temporaryFolder>
let app: TestApp
let self: string

beforeAll(async () => {
  folder = temporaryFolder()
  app = await startTestApp({ name: 'Ada', relay: 'ws://127.0.0.1:9', dir: folder.path })
  self = (await app.call('conversations.self', {})).id
})
afterAll(async () => {
  await app.close()
  folder.remove()
})

const search = (query: string, more: Partial<Input<'search.messages'>> = {}) => app.call('search.messages', { query, limit: 20, ...more })
/** Snippets, with what is marked in brackets. */
const told = ({ hits }: SearchPage) =>
  hits.map(({ snippet, ranges }) =>
    ranges.reduceRight((out, [from, n]) => `${out.slice(0, from)}[${out.slice(from, from + n)}]${out.slice(from + n)}`, snippet),
  )

test('words, beginnings, phrases and what stands around them', async () => {
  const first = await app.send(self, 'Das Zelt steht über dem Fluß\nbeim alten Kran')
  await app.send(self, 'Ein Zeltplatz am Fluss')
  const page = await search('zelt')
  expect(told(page)).toEqual(['Ein [Zelt]platz am Fluss', 'Das [Zelt] steht über dem Fluß beim alten Kran'])
  expect(page.hits[1]?.item).toEqual({ id: first.id, conversationId: self, own: true, author: null, sentAt: first.sentAt })
  expect(page.next).toBeNull()
  expect(told(await search('zelt '))).toHaveLength(1)
  expect(told(await search('"uber dem"'))).toEqual(['Das Zelt steht [über dem] Fluß beim alten Kran'])
  expect(told(await search('*:"( OR '))).toEqual([])
})

test('filters, and page after page', async () => {
  for (let i = 0; i < 5; i++) await app.send(self, `page ${String(i)}`)
  const one = await search('page', { limit: 2 })
  const two = await search('page', { limit: 2, before: one.next ?? 0 })
  const three = await search('page', { limit: 2, before: two.next ?? 0 })
  expect([one, two, three].flatMap(told)).toEqual(['4', '3', '2', '1', '0'].map((n) => `[page] ${n}`))
  expect(three.next).toBeNull()
  expect(told(await search('page', { from: 'them' }))).toEqual([])
  expect(told(await search('page', { from: 'me', conversationId: self }))).toHaveLength(5)
  expect(told(await search('page', { until: app.clock.now() - 3600_000 }))).toEqual([])
  expect(await app.codeOf('search.messages', { query: 'x', limit: 1, conversationId: '00'.repeat(32) })).toBe('contact.unknown')
  expect(await app.codeOf('search.messages', { query: 'x'.repeat(limits.searchChars + 1), limit: 1 })).toBe('input.invalid')
})

test('what was changed, deleted or has disappeared is found no more', async () => {
  const edited = await app.send(self, 'narwhal edited')
  const deleted = await app.send(self, 'narwhal deleted')
  await app.call('conversations.edit', { id: self, messageId: edited.id, text: 'walrus now' })
  await app.call('conversations.delete', { id: self, messageIds: [deleted.id], for: 'me' })
  expect(told(await search('narwhal'))).toEqual([])
  expect(told(await search('walrus'))).toEqual(['[walrus] now'])
  await app.call('conversations.setTimer', { id: self, seconds: 60 })
  await app.send(self, 'walrus for a minute')
  expect(told(await search('walrus'))).toHaveLength(2)
  await app.clock.advance(61_000)
  expect(told(await search('walrus'))).toEqual(['[walrus] now'])
})

test('marks are searched through and not shown', async () => {
  const [bold, quoted] = ['a **gnu** like one', '> said _a gnu_\n```js\ngnu()\n```']
  for (const text of [bold, quoted]) await app.send(self, text)
  expect(told(await search('gnu'))).toEqual(['said a [gnu] [gnu]()', 'a [gnu] like one'])
  expect(told(await search('"gnu like"'))).toEqual(['a [gnu like] one'])
  expect(told(await search('js gnu'))).toEqual(['said a [gnu] [gnu]()']) // the language of a block is a word, and not shown
})

test('files are found by their names, which are shown, and by what is written beside them', async () => {
  const bytes = new Uint8Array(10)
  await sendFile(app, self, { bytes, name: 'Map_of **Ibex** valley.pdf' })
  const { id } = await sendFile(app, self, { bytes, name: 'route.gpx' }, 'to the *ibexes*')
  expect(told(await search('ibex'))).toEqual(['route.gpx · to the [ibex]es', 'Map_of **[Ibex]** valley.pdf'])
  expect(told(await search('gpx ibexes'))).toEqual(['route.[gpx] · to the [ibexes]'])
  expect(told(await search('"valley pdf"'))).toEqual(['Map_of **Ibex** [valley.pdf]'])
  await app.call('conversations.edit', { id: self, messageId: id, text: 'to the goats' })
  expect(told(await search('ibex gpx'))).toEqual([])
  expect(told(await search('goats gpx'))).toEqual(['route.[gpx] · to the [goats]'])
  await app.call('conversations.delete', { id: self, messageIds: [id], for: 'me' })
  expect(told(await search('gpx'))).toEqual([])
})

test('a snippet cuts no word and no character, and marks what is in it', () => {
  const long = `${'🌲🌲 wood '.repeat(60)}needle ${'🌲'.repeat(200)}`
  const { snippet, ranges } = snippetOf(long, rangesIn(long, parseQuery('needle')) ?? [])
  expect(snippet).toMatch(/^…\S.* needle 🌲+…$/u)
  expect(snippet.isWellFormed()).toBe(true)
  expect(ranges.map(([from, length]) => snippet.slice(from, from + length))).toEqual(['needle'])
})
