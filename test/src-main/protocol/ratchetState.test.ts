import { expect, test } from 'vitest'
import { utf8 } from '#main/protocol/bytes.ts'
import type { RatchetState } from '#main/protocol/doubleRatchet.ts'
import { decodeRatchetState, encodeRatchetState } from '#main/protocol/ratchetState.ts'
import { testContext } from '#test/support/providers.ts'
import { exchange, receive, send, sideOf } from '#test/support/sessionPair.ts'

const context = testContext()
const { A, B } = exchange(context)

/** Every shape a state takes: initial on both sides, sending, between the halves of a step. */
function shapes(): RatchetState[] {
  const [a, b] = [sideOf(A.state), sideOf(B.state)]
  const all = [a.state, b.state]
  receive(context, b, { chain: 'current', n: 0 }, send(context, a, utf8('1')).blob)
  all.push(a.state, b.state)
  receive(context, a, { chain: 'next', n: 0 }, send(context, b, utf8('2')).blob)
  all.push(a.state, b.state)
  send(context, a, utf8('3'))
  return [...all, a.state, { ...a.state, Ns: 4294967295, Nr: 7, PN: 1000, steps: 12 }]
}

test('what is written is read again, in every shape', () => {
  for (const state of shapes()) expect(decodeRatchetState(encodeRatchetState(state))).toEqual(state)
})

test('anything else is damaged: each length, another version, fields that must be there', () => {
  for (const state of shapes()) {
    const bytes = encodeRatchetState(state)
    for (let length = 0; length < bytes.length; length += length < 40 ? 1 : 13) {
      expect(() => decodeRatchetState(bytes.subarray(0, length))).toThrow('keystore.damaged')
    }
    expect(() => decodeRatchetState(new Uint8Array([...bytes, 0]))).toThrow('keystore.damaged')
    expect(() => decodeRatchetState(Uint8Array.of(2, ...bytes.subarray(1)))).toThrow('keystore.damaged')
    const none = bytes.slice()
    none.set([0, 0, 0, 0], 1)
    expect(() => decodeRatchetState(none)).toThrow('keystore.damaged')
  }
})

test('no bit of the list of fields can be wrong without a name', () => {
  const bytes = encodeRatchetState(A.state)
  for (let bit = 0; bit < 32; bit++) {
    const changed = bytes.slice()
    const at = 4 - (bit >> 3)
    changed[at] = (changed[at] as number) ^ (1 << (bit & 7))
    expect(() => decodeRatchetState(changed), String(bit)).toThrow('keystore.damaged')
  }
})

test('half a key pair is damaged, at its right length too', () => {
  const bytes = encodeRatchetState(A.state)
  const counters = bytes.subarray(bytes.length - 16)
  const withoutSeed = new Uint8Array([...bytes.subarray(0, bytes.length - 16 - 64), ...counters])
  withoutSeed[3] = (withoutSeed[3] as number) & 0x7f
  expect(() => decodeRatchetState(withoutSeed)).toThrow('keystore.damaged')
})
