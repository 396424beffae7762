import { expect, test } from 'vitest'
import { fakeId } from '#test/support/fakeState.ts'
import { drawAvatar } from '../../../src-renderer/lib/avatar.ts'

test('the same id always gives the same drawing, whatever the name', () => expect(drawAvatar(fakeId('a'))).toEqual(drawAvatar(fakeId('a'))))
test('ids differ by shape as well as by colour', () => {
  const drawings = Array.from({ length: 200 }, (_, i) => drawAvatar(i.toString(16).padStart(64, '0')))
  expect(new Set(drawings.map(({ outline }) => outline)).size).toBe(8)
  expect(new Set(drawings.map(({ hue }) => hue)).size).toBe(12)
  expect(new Set(drawings.map((drawing) => JSON.stringify(drawing))).size).toBeGreaterThan(190)
})
test('the stones are never turned', () => {
  const stones = Array.from({ length: 200 }, (_, i) => drawAvatar(`${i}`)).filter(({ motif }) => motif.every(([tag]) => tag === 'ellipse'))
  expect(stones.length).toBeGreaterThan(0)
  expect(stones.every(({ degrees }) => degrees === 0)).toBe(true)
})
