import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limits } from '#shared/contract/limits.ts'
import { isReaction } from '#shared/reaction.ts'
import { after, judgeChange, timerHolds, type Target, type Timer } from '#main/protocol/messageRules.ts'

const sentAt = 1_750_000_000_000
const here = (more: Partial<Extract<Target, { state: 'here' }>> = {}): Target => ({
  ...{ state: 'here', own: true, sentAt, editedAt: null, deleted: false, reactedAt: 0 },
  ...more,
})
const kinds = ['reaction', 'edit', 'delete'] as const

describe('events about messages', () => {
  test.each(kinds)('a %s waits for a message that may still come, and is passed over where it was and is no more', (t) => {
    expect(judgeChange({ state: 'unknown' }, { t, at: sentAt })).toBe('keep')
    expect(judgeChange({ state: 'gone' }, { t, at: sentAt })).toBe('ignore')
    expect(judgeChange({ state: 'none' }, { t, at: sentAt })).toBe('refuse')
  })

  test('only its author changes or deletes a message; anybody reacts', () => {
    expect(judgeChange(here({ own: false }), { t: 'edit', at: sentAt + 1 })).toBe('refuse')
    expect(judgeChange(here({ own: false }), { t: 'delete', at: sentAt + 1 })).toBe('refuse')
    expect(judgeChange(here({ own: false }), { t: 'reaction', at: sentAt + 1 })).toBe('apply')
    expect(judgeChange(here(), { t: 'edit', at: sentAt + 1 })).toBe('apply')
    expect(judgeChange(here(), { t: 'delete', at: sentAt - 1 })).toBe('apply')
  })

  test.each(kinds)('of a deleted message a %s says nothing', (t) =>
    expect(judgeChange(here({ deleted: true }), { t, at: sentAt + 5 })).toBe('ignore'),
  )

  test('an edit counts for a day, and only after the one before it', () => {
    const edit = (at: number, editedAt: number | null = null) => judgeChange(here({ editedAt }), { t: 'edit', at })
    expect(edit(sentAt + limits.editableMs)).toBe('apply')
    expect(edit(sentAt + limits.editableMs + 1)).toBe('refuse')
    expect(edit(sentAt)).toBe('ignore')
    expect(edit(sentAt + 5, sentAt + 5)).toBe('ignore')
    expect(edit(sentAt + 6, sentAt + 5)).toBe('apply')
  })

  test('whatever order and however often changes come, the end is the same', () => {
    const change = fc.record({ at: fc.integer({ min: 1, max: 20 }), emoji: fc.constantFrom('👍', '❤️', '') })
    const last = (all: { at: number; emoji: string }[]) => {
      let state = { at: 0, emoji: '' }
      for (const one of all) if (judgeChange(here({ reactedAt: state.at }), { t: 'reaction', at: one.at }) === 'apply') state = one
      return state.at
    }
    fc.assert(fc.property(fc.array(change), (all) => void expect(last([...all].reverse())).toBe(last([...all, ...all]))))
  })
})

describe('how long messages stay', () => {
  const timer = fc.record<Timer>({ seconds: fc.integer({ min: 0, max: 100 }), at: fc.integer({ min: 0, max: 10 }) })

  test('both sides keep the same choice, in whichever order they hear of both', () => {
    const heard = (first: Timer, second: Timer) => (timerHolds(second, first) ? second : first)
    fc.assert(fc.property(timer, timer, (a, b) => void expect(heard(a, b)).toEqual(heard(b, a))))
  })

  test('what is chosen here comes after what is known, whatever the clock says', () =>
    fc.assert(fc.property(fc.integer(), fc.integer(), (now, known) => void expect(after(now, known)).toBeGreaterThan(known))))
})

test('a reaction is one emoji, and nothing else', () => {
  for (const emoji of ['👍', '❤️', '👩🏽‍🚀', '🇩🇪', '1️⃣', '🏴‍☠️', '☝🏿']) expect(isReaction(emoji), emoji).toBe(true)
  for (const text of ['', 'a', '1', '👍👍', '👍 ', ' ', 'ok', '\u202e👍', '👍\n', '🇩', '#', '👍'.repeat(9), '\u0000'])
    expect(isReaction(text), JSON.stringify(text)).toBe(false)
})
