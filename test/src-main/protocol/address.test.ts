import { expect, test } from 'vitest'
import { periodLength, periodOf, periodSeed, periodsRead, periodsServed } from '#main/protocol/address.ts'
import { isCancelNotice, sealCancelNotice } from '#main/protocol/cancelNotice.ts'
import { decodeInvite, encodeInvite } from '#main/protocol/invite.ts'
import { hex } from '#main/protocol/bytes.ts'
import { node } from '#test/support/providers.ts'
import { random } from '#test/support/profileFolder.ts'
import { context, identityNamed } from '#test/support/puppet.ts'

const now = Date.UTC(2026, 10, 26)
const week = periodOf(now)

test('every week has a series of its own', () => {
  const seed = random(32)
  const seeds = [0, 1, week, week + 1, 0xffffffff].map((period) => hex(periodSeed(node, seed, period)))
  expect(new Set([hex(seed), ...seeds]).size).toBe(6)
  expect(periodOf(week * periodLength)).toBe(week)
  expect(periodOf((week + 1) * periodLength - 1)).toBe(week)
})

test('what is written anywhere in the 30 days that a blob lives is read; what is served outlasts three weeks away', () => {
  const read = periodsRead(now)
  for (let days = 0; days <= 30; days++) expect(read).toContain(periodOf(now - days * 24 * 3600_000))
  expect(read).toContain(periodOf(now + periodLength)) // a clock that is ahead
  for (let days = 0; days <= 21; days++) expect(periodsServed(now)).toContain(periodOf(now + days * 24 * 3600_000))
  expect(periodsRead(0)).toEqual([0, 1])
})

test('a notice of cancellation is for its invite, and an address is withdrawn by its owner alone', () => {
  const alice = identityNamed('Alice')
  const withdraw = random(32)
  const make = (terms: object) => {
    const common = { identity: alice.publicBytes, initialRV: random(32), resetRV: random(32), relays: ['ws://127.0.0.1:7443'] }
    return decodeInvite(node, encodeInvite({ ...common, epoch: 1, created: now, expires: now + 1, uses: 'one', ...terms }))
  }
  const [single, address, old] = [make({}), make({ uses: 'many', withdraw: node.sha256(withdraw) }), make({ uses: 'many' })]
  expect(isCancelNotice(node, single, sealCancelNotice(context(), single.initialRV, null))).toBe(true)
  expect(isCancelNotice(node, single, sealCancelNotice(context(), random(32), null))).toBe(false)
  expect(isCancelNotice(node, address, sealCancelNotice(context(), address.initialRV, withdraw))).toBe(true)
  for (const forged of [null, random(32), node.sha256(withdraw)])
    expect(isCancelNotice(node, address, sealCancelNotice(context(), address.initialRV, forged))).toBe(false)
  expect(isCancelNotice(node, old, sealCancelNotice(context(), old.initialRV, null))).toBe(false)
  for (const noise of [new Uint8Array(), random(10), random(4096)]) expect(isCancelNotice(node, single, noise)).toBe(false)
  expect(() => make({ withdraw: node.sha256(withdraw) })).toThrow('codec.malformed') // for a single-use invite it means nothing
})
