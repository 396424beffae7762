/** A conversation as a page: whatever was written stays text, and nothing in it acts. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Item, SystemLine, TextMessage } from '#shared/contract/itemModels.ts'
import { escaped, transcript } from '#main/services/transcript/transcript.ts'

const about = { name: 'Mira', ownName: 'Jonas', language: 'en' as const, now: Date.UTC(2026, 5, 4), timeZone: 'UTC' }
const message = (more: Partial<TextMessage>): TextMessage => ({
  ...{
    kind: 'text',
    id: 'a',
    conversationId: 'b',
    own: false,
    author: null,
    passedBy: null,
    text: 'hello',
    sentAt: Date.UTC(2026, 5, 3, 9, 30),
    position: 1,
    status: 'received',
  },
  ...{
    late: false,
    reply: null,
    forwarded: false,
    mentions: [],
    editedAt: null,
    deleted: false,
    reactions: [],
    pinned: false,
    ttl: 0,
    expiresAt: null,
    file: null,
  },
  ...more,
})
const line = (more: Partial<SystemLine>): SystemLine => ({
  ...{
    kind: 'system',
    id: 'c',
    conversationId: 'b',
    event: 'connected',
    by: 'you',
    at: Date.UTC(2026, 5, 3, 9),
    position: 0,
    count: 0,
    text: '',
    author: null,
  },
  ...more,
})
const page = (items: Item[], more: Partial<typeof about> | { language: 'de' } = {}) =>
  [...transcript({ ...about, ...more }, items)].join('')

describe('a conversation as a page', () => {
  it('has days, authors, replies, edits, reactions, what was deleted, and lines', () => {
    const html = page([
      line({}),
      message({ text: 'first' }),
      message({
        own: true,
        text: 'second',
        editedAt: 1,
        forwarded: true,
        reply: { id: 'a', own: false, text: 'first', state: 'here', file: null },
      }),
      message({ sentAt: Date.UTC(2026, 5, 4, 10), text: '', deleted: true, reactions: [{ emoji: '👍', own: true }] }),
      message({ reply: { id: 'x', own: false, text: '', state: 'missing', file: null } }),
      line({ event: 'reset', by: 'them', count: 2, at: Date.UTC(2026, 5, 4, 11) }),
    ])
    expect([...html.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, day]) => day)).toEqual([
      'Wednesday, 3 June 2026',
      'Thursday, 4 June 2026',
      'Wednesday, 3 June 2026',
      'Thursday, 4 June 2026',
    ])
    for (const part of [
      'You and Mira are connected.',
      'in reply to Mira: </span>first',
      'forwarded, edited',
      '👍 You',
      'This message was deleted.',
      'a message that is not here',
      'Session reset by Mira, 2 waiting messages arrived',
      'Jonas (You)',
    ])
      expect(html).toContain(part)
    expect(page([message({})], { language: 'de' })).toContain('Unterhaltung mit Mira')
  })

  it('runs nothing and fetches nothing, whatever was written', () => {
    const nasty = fc.oneof(
      fc.string(),
      fc.constantFrom('<script>alert(1)</script>', '"><img src=x onerror=x>', "</style><link href='//x'>", '&lt;', '\0\u0085', '<!--'),
    )
    const one = fc.record({ text: nasty, quote: nasty, emoji: nasty, name: nasty, old: nasty })
    fc.assert(
      fc.property(one, ({ text, quote, emoji, name, old }) => {
        const html = page(
          [
            message({ text, reply: { id: 'a', own: false, text: quote, state: 'here', file: null }, reactions: [{ emoji, own: false }] }),
            line({ event: 'renamed', text: old }),
          ],
          { name },
        )
        const tags = [...html.matchAll(/<\/?([a-z!][a-z0-9]*)/gi)].map(([, tag]) => tag?.toLowerCase())
        const known = [
          '!doctype',
          'html',
          'head',
          'meta',
          'title',
          'style',
          'body',
          'header',
          'h1',
          'p',
          'main',
          'h2',
          'article',
          'strong',
          'time',
          'blockquote',
          'span',
        ]
        expect(tags.filter((tag) => !known.includes(tag ?? ''))).toEqual([])
        for (const [tag] of html.matchAll(/<[^>]*>/g)) expect(tag).not.toMatch(/\son[a-z]+=|src=|href=/)
        expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
      }),
    )
  })

  it('keeps every character that a page can have', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const back = escaped(text).replace(
          /&(amp|lt|gt|quot|#39);/g,
          (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" })[name] ?? '',
        )
        expect(back).toBe(text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '\ufffd'))
      }),
    )
  })

  it('is made as it is read: a hundred thousand messages are never all there', () => {
    let made = 0
    function* many(): Generator<Item> {
      for (; made < 100_000; made++) yield message({ position: made })
    }
    const pieces = transcript(about, many())
    for (let i = 0; i < 10; i++) pieces.next()
    expect(made).toBeLessThan(10)
    for (const piece of pieces) expect(piece.length).toBeLessThan(10_000)
    expect(made).toBe(100_000)
  })
})
