import { expect, test } from 'vitest'
import { estimateStrength } from '../../../src-renderer/lib/strength.ts'

const score = (text: string) => estimateStrength(text, 8).score

test.each(['', 'x', 'Tr0ub4!'])('%o is too short', (text) => expect(score(text)).toBe(0))
test.each([
  'password',
  'Password1234',
  '12345678901234567890',
  'aaaaaaaaaaaaaaaaaaaaaaaa',
  'qwertyuiopasdfghjkl',
  'iloveyou2024',
  'monkey monkey monkey monkey',
])('%o is weak however long it is', (text) => expect(score(text)).toBe(1))
test('four unusual words are strong, one more makes them excellent', () => {
  expect(score('copper lantern drifts uphill')).toBe(3)
  expect(score('copper lantern drifts uphill slowly')).toBe(4)
})
test('two unusual words are not strong', () => expect(score('copper lantern')).toBeLessThan(3))
test('random characters count as such', () => expect(score('vR8#kq2!Lw9z')).toBeGreaterThanOrEqual(3))
test('adding an unusual word never lowers the estimate', () => {
  const words = ['copper', 'lantern', 'drifts', 'uphill', 'slowly', 'beneath']
  const bits = words.map((_, i) => estimateStrength(words.slice(0, i + 1).join(' '), 8).bits)
  expect(bits).toEqual([...bits].sort((a, b) => a - b))
})
test('words of any script count', () => expect(score('медный фонарь плывёт наверх')).toBeGreaterThanOrEqual(2))
