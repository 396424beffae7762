import { describe, expect, it } from 'vitest'
import { isClean, judgeHistory, type Shown } from '#test/support/judgeHistory.ts'

const rounds = [{ Ann: ['a1'] }, { Ben: ['b1'] }, { Ann: ['a2', 'a3'], Ben: ['b2', 'b3'] }, { Ann: ['a4'] }]
const show = (...texts: string[]): Shown[] => texts.map((text) => ({ id: text, text, author: text.startsWith('a') ? 'Ann' : 'Ben' }))
const all = ['a1', 'b1', 'a2', 'a3', 'b2', 'b3', 'a4']
const clean = { lost: [], duplicates: [], foreign: [], misordered: [] }

describe('judging a history', () => {
  it.each([[all], [['a1', 'b1', 'b2', 'a2', 'b3', 'a3', 'a4']]])('finds nothing wrong with what was said: %j', (texts) => {
    expect(judgeHistory(rounds, show(...texts))).toEqual(clean)
    expect(isClean(judgeHistory(rounds, show(...texts)))).toBe(true)
  })

  it.each([
    ['nothing shown', [], { ...clean, lost: all }],
    ['one missing', ['a1', 'b1', 'a2', 'b2', 'b3', 'a4'], { ...clean, lost: ['a3'] }],
    ['one twice', [...all, 'a1'], { ...clean, duplicates: ['a1'] }],
    ['one three times', ['a1', 'a1', 'a1', ...all.slice(1)], { ...clean, duplicates: ['a1', 'a1'] }],
    ["an author's order", ['a1', 'b1', 'a3', 'a2', 'b2', 'b3', 'a4'], { ...clean, misordered: ['a2'] }],
    ['the order of rounds', ['b1', 'a1', ...all.slice(2)], { ...clean, misordered: ['a1'] }],
    ['an answer before its question', ['a1', 'b1', 'a2', 'b2', 'a4', 'a3', 'b3'], { ...clean, misordered: ['a3', 'b3'] }],
    ['something never said', [...all, 'b9'], { ...clean, foreign: ['b9'] }],
  ])('finds %s', (_, texts, verdict) => {
    expect(judgeHistory(rounds, show(...texts))).toEqual(verdict)
    expect(isClean(verdict)).toBe(false)
  })

  it('finds two texts under one id, and a text under the wrong name', () => {
    const shown = show(...all)
    const sameId = shown.map((item) => (item.text === 'b1' ? { ...item, id: 'a1' } : item))
    expect(judgeHistory(rounds, sameId)).toEqual({ ...clean, duplicates: ['b1'] })
    const wrongName = shown.map((item) => (item.text === 'b1' ? { ...item, author: 'Ann' } : item))
    expect(judgeHistory(rounds, wrongName)).toEqual({ ...clean, foreign: ['b1'] })
  })
})
