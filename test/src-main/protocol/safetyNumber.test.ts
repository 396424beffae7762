import { createHash, createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { safetyNumber } from '#main/protocol/safetyNumber.ts'
import { node, noble } from '#test/support/providers.ts'

const [idA, idB] = ['11'.repeat(32), 'a0'.repeat(32)]

/** The same by node:crypto alone, written from docs/protocol.md section 2. */
const again = (a: string, b: string): string => {
  const ids = Buffer.from([a, b].sort().join(''), 'hex')
  let d = createHash('sha256').update('cairn/1 safety').update(ids).digest()
  for (let i = 0; i < 5200; i++) d = createHash('sha256').update(d).update(ids).digest()
  const expand = (previous: Buffer, n: number) =>
    createHmac('sha256', d).update(previous).update('cairn/1 digits').update(Buffer.of(n)).digest()
  const first = expand(Buffer.alloc(0), 1)
  const stream = Buffer.concat([first, expand(first, 2)])
  const groups = Array.from({ length: 12 }, (_, i) => stream.readUIntBE(5 * i, 5) % 100_000)
  return groups.map((group) => String(group).padStart(5, '0')).join(' ')
}

test('is twelve groups of five digits, the same for both and with either provider', () => {
  const number = safetyNumber(node, idA, idB)
  expect(number).toHaveLength(12)
  expect(number.every((group) => /^\d{5}$/.test(group))).toBe(true)
  expect(safetyNumber(node, idB, idA)).toEqual(number)
  expect(safetyNumber(noble, idA, idB)).toEqual(number)
})

test('is what the specification says', () => {
  expect(safetyNumber(node, idA, idB).join(' ')).toBe(again(idA, idB))
  expect(safetyNumber(node, idA, idA).join(' ')).toBe(again(idA, idA))
})

test('another person has another number', () => {
  expect(safetyNumber(node, idA, '12'.repeat(32))).not.toEqual(safetyNumber(node, idA, idB))
})
