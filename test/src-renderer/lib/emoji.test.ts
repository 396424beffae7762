import { expect, test } from 'vitest'
import { isReaction } from '#shared/reaction.ts'
import { findEmoji, loadEmoji, quickEmoji } from '../../../src-renderer/lib/emoji.ts'

test('every emoji on offer is one that the app takes', async () => {
  const all = await loadEmoji()
  expect(all.length).toBeGreaterThan(1500)
  expect(all.filter(({ text }) => !isReaction(text))).toEqual([])
  expect(all.filter(({ text }) => !/^\p{RGI_Emoji}$/v.test(text))).toEqual([]) // so the same one is the same everywhere
  for (const emoji of quickEmoji) expect(all.map(({ text }) => text)).toContain(emoji)
})

test.each([
  ['thumbs up', '👍'],
  ['cat', '🐈'],
  ['mountain', '⛰️'],
  ['fami', '👪'],
])('%s is found', async (query, emoji) => expect(findEmoji(await loadEmoji(), query).map(({ text }) => text)).toContain(emoji))

test('what a name begins with comes before what has it somewhere', async () => {
  const [first] = findEmoji(await loadEmoji(), 'tree')
  expect(first?.name).not.toMatch(/christmas|palm/)
})
test('nothing for a word that is none', async () => expect(findEmoji(await loadEmoji(), 'zzzz')).toEqual([]))
