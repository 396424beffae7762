/**
 * Two parties and a queue between them that loses, reorders, repeats and damages, in the manner of the orchestrator of Signal's SPQR:
 * whatever happens, a message that arrives whole is read exactly once and as it was sent, and one that is lost costs nothing but
 * itself.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, equalBytes, hex, u32be } from '#main/protocol/bytes.ts'
import { maxSkippedPerChain, ratchetDecrypt, type Locator, type Sent } from '#main/protocol/doubleRatchet.ts'
import { encodeRatchetState } from '#main/protocol/ratchetState.ts'
import { generateIdentity } from '#main/protocol/identity.ts'
import { ranksAbove } from '#main/services/sessions.ts'
import type { Session } from '#main/storage/sessionStore.ts'
import { flipBit, node, testContext } from '#test/support/providers.ts'
import { exchange, locate, placeOf, receive, send, sideOf, type Side } from '#test/support/sessionPair.ts'

const context = testContext()
const initial = exchange(context)
const key = ({ headerKey, n }: { headerKey: Uint8Array; n: number }) => `${hex(headerKey)} ${String(n)}`

interface InFlight {
  sent: Sent
  plaintext: Uint8Array
  to: 0 | 1
}

type Op =
  | { op: 'send'; by: 0 | 1; count: number; length: number }
  | { op: 'deliver' | 'lose' | 'repeat'; at: number }
  | { op: 'corrupt'; at: number; byte: number }
  | { op: 'mix'; at: number; with: number }

const party = fc.constantFrom<0 | 1>(0, 1)
const at = fc.nat(10_000)
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ op: fc.constant('send' as const), by: party, count: fc.constant(1), length: fc.nat(1703) }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('send' as const), by: party, count: fc.integer({ min: 5, max: 60 }), length: fc.nat(40) }),
  },
  { weight: 9, arbitrary: fc.record({ op: fc.constant('deliver' as const), at }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constantFrom('lose' as const, 'repeat' as const), at }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('corrupt' as const), at, byte: fc.nat(4095) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('mix' as const), at, with: at }) },
)

/** The queue and both ends; every method checks what must hold. */
function createPair() {
  const sides: [Side, Side] = [sideOf(initial.A.state), sideOf(initial.B.state)]
  const queue: InFlight[] = []
  const read = new Set<string>()
  const lost = new Set<string>()
  let counter = 0

  /** As an RV does: the place says chain and number, and nothing is opened by trial. */
  function find(side: Side, { headerKey, n }: Sent): Locator | null {
    const kept = [...side.skipped.values()].find((one) => one.n === n && equalBytes(one.headerKey, headerKey))
    if (kept) return { chain: 'skipped', key: kept }
    const { HKr, NHKr, Nr, DHs } = side.state
    if (HKr && equalBytes(headerKey, HKr)) return n >= Nr ? { chain: 'current', n } : null
    return DHs && equalBytes(headerKey, NHKr) ? { chain: 'next', n } : null
  }

  function refused(side: Side, locator: Locator, blob: Uint8Array): void {
    const before = encodeRatchetState(side.state)
    expect(() => ratchetDecrypt(node, side.state, locator, blob)).toThrow(/crypto\.failed|session\.refused/)
    expect(encodeRatchetState(side.state)).toEqual(before)
  }

  function deliver({ sent, plaintext, to }: InFlight): void {
    const locator = find(sides[to], sent)
    if (read.has(key(sent))) return expect(locator).toBeNull()
    if (!locator) throw new Error('nobody looks where a message lies')
    expect(receive(context, sides[to], locator, sent.blob).plaintext).toEqual(plaintext)
    read.add(key(sent))
    expect(sides[to].skipped.size).toBeLessThanOrEqual(2000)
  }

  return {
    sides,
    queue,
    read,
    lost,
    deliver,
    run(step: Op): void {
      if (step.op === 'send') {
        for (let i = 0; i < step.count; i++) {
          const plaintext = concat(u32be(counter++), context.random(Math.min(step.length, 1699)))
          queue.push({ sent: send(context, sides[step.by], plaintext), plaintext, to: step.by === 0 ? 1 : 0 })
        }
        return
      }
      const index = queue.length === 0 ? -1 : step.at % queue.length
      const message = queue[index]
      if (!message) return
      const locator = find(sides[message.to], message.sent)
      if (step.op === 'deliver') queue.splice(index, 1)
      if (step.op === 'deliver' || step.op === 'repeat') return deliver(message)
      if (step.op === 'lose') {
        queue.splice(index, 1)
        if (!read.has(key(message.sent))) lost.add(key(message.sent))
      } else if (step.op === 'corrupt' && locator) {
        refused(sides[message.to], locator, flipBit(message.sent.blob, step.byte, step.byte % 8))
      } else if (step.op === 'mix' && locator) {
        const other = queue[step.with % queue.length]
        if (other && other !== message) refused(sides[message.to], locator, other.sent.blob)
      }
    },
  }
}

describe('two parties and a bad queue', () => {
  test('every message that arrives is read once, every lost one costs itself, nothing else ever changes a state', () => {
    fc.assert(
      fc.property(fc.array(op, { minLength: 20, maxLength: 120 }), (ops) => {
        const pair = createPair()
        for (const step of ops) pair.run(step)
        for (const message of pair.queue.splice(0)) pair.deliver(message)
        // both can still talk, and what is kept is what was lost
        for (const by of [0, 1, 0, 1] as const) pair.run({ op: 'send', by, count: 1, length: 5 })
        for (const message of pair.queue.splice(0)) pair.deliver(message)
        const kept = pair.sides.flatMap((side) => [...side.skipped.values()].map(key))
        for (const one of kept) expect(pair.lost.has(one)).toBe(true)
        for (const one of pair.lost) expect(pair.read.has(one)).toBe(false)
      }),
      { numRuns: 60 },
    )
  }, 120_000)

  test('a long talk of 300 rounds, each with a loss, and the states grow by nothing', () => {
    const pair = createPair()
    for (let round = 0; round < 300; round++) {
      const by = (round % 2) as 0 | 1
      pair.run({ op: 'send', by, count: 3, length: 9 })
      pair.run({ op: 'lose', at: round % 3 })
      for (const message of pair.queue.splice(0).reverse()) pair.deliver(message)
    }
    expect(pair.sides.map(({ state }) => state.steps)).toEqual([149, 150])
    for (const { state } of pair.sides) expect(encodeRatchetState(state).length).toBeLessThan(4096)
    expect(pair.read.size).toBe(600)
  }, 60_000)

  test('a silence of one side as long as a chain may be, then the other’s answer', () => {
    const pair = createPair()
    pair.run({ op: 'send', by: 0, count: maxSkippedPerChain, length: 3 })
    const all = pair.queue.splice(0)
    pair.deliver(all[maxSkippedPerChain - 1] as InFlight)
    pair.run({ op: 'send', by: 1, count: 1, length: 3 })
    pair.deliver(pair.queue.splice(0)[0] as InFlight)
    pair.run({ op: 'send', by: 0, count: 1, length: 3 })
    pair.deliver(pair.queue.splice(0)[0] as InFlight)
    for (const message of all.slice(0, -1).reverse()) pair.deliver(message)
    expect(pair.sides[1].skipped.size).toBe(0)
  }, 60_000)

  test('the place a receiver watches is the place a sender writes to, in both directions', () => {
    const [a, b] = [sideOf(initial.A.state), sideOf(initial.B.state)]
    for (const [from, to] of [
      [a, b],
      [b, a],
      [a, b],
      [a, b],
      [b, a],
    ] as const) {
      const sent = send(context, from, Uint8Array.of(1))
      const locator = locate(context, to, placeOf(context, sent))
      if (!locator) throw new Error('not watched')
      receive(context, to, locator, sent.blob)
    }
  })
})

describe('the order of sessions', () => {
  const session = fc.record({ epoch: fc.constantFrom(1, 2, 3), id: fc.constantFrom('0a', '1b', '2c', '3d') }).map((one) => one as Session)

  test('is total and strict: exactly one of two different sessions ranks above the other', () => {
    fc.assert(
      fc.property(session, session, session, (a, b, c) => {
        const same = a.epoch === b.epoch && a.id === b.id
        expect([ranksAbove(a, b), ranksAbove(b, a)].filter(Boolean)).toHaveLength(same ? 0 : 1)
        if (ranksAbove(a, b) && ranksAbove(b, c)) expect(ranksAbove(a, c)).toBe(true)
      }),
    )
  })

  test('is by epoch, then by the smaller transcript hash', () => {
    expect(ranksAbove({ epoch: 2, id: 'ff' } as Session, { epoch: 1, id: '00' } as Session)).toBe(true)
    expect(ranksAbove({ epoch: 1, id: '00' } as Session, { epoch: 1, id: 'ff' } as Session)).toBe(true)
  })

  interface Held {
    session: Session
    side: Side
    confirmed: boolean
  }
  const top = (held: Held[]) =>
    held
      .filter((one) => one.confirmed)
      .reduce<Held | null>((best, one) => (!best || ranksAbove(one.session, best.session) ? one : best), null)

  test('crossed and abandoned exchanges, in any order of arrival, leave both on one session that works', () => {
    const [alice, bob] = [generateIdentity(context, 'Alice'), generateIdentity(context, 'Bob')]
    const one = fc.record({ inviter: party, late: fc.integer({ min: 0, max: 5 }), abandoned: fc.boolean(), earlier: fc.nat(3) })
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 4 }), (resets) => {
        const people: [Held[], Held[]] = [[], []]
        const begin = (inviter: 0 | 1, now: number) => {
          const pair = inviter === 0 ? [alice, bob] : [bob, alice]
          return exchange({ ...context, now }, pair[0], pair[1])
        }
        // the session that works: both have confirmed it
        const arrivals = [{ inviter: 0 as const, late: -1, abandoned: false, earlier: 0 }, ...resets]
          .map((reset, i) => ({ ...reset, done: begin(reset.inviter, context.now + i - reset.earlier) }))
          .sort((x, y) => x.late - y.late)
        for (const { inviter, abandoned, done } of arrivals) {
          const asSession = (id: Uint8Array, epoch: number) => ({ id: hex(id), epoch }) as Session
          const inviters = { session: asSession(done.A.sessionId, done.A.epoch), side: sideOf(done.A.state), confirmed: false }
          people[inviter].push(inviters)
          if (abandoned) continue // msg3 never arrived: nobody sends on it, and the inviter never confirms it
          people[inviter === 0 ? 1 : 0].push({ ...inviters, side: sideOf(done.B.state), confirmed: true })
        }
        // the acceptor sends session.confirm at once on what it has confirmed; a session confirmed by it counts for the inviter too
        for (const me of [0, 1] as const) {
          for (const held of people[me].filter((mine) => mine.confirmed)) {
            const theirs = people[me === 0 ? 1 : 0].find((other) => other.session.id === held.session.id && !other.confirmed)
            if (!theirs) continue
            const sent = send(context, held.side, Uint8Array.of(1))
            receive(context, theirs.side, { chain: 'next', n: 0 }, sent.blob)
            theirs.confirmed = true
          }
        }
        const [a, b] = people.map(top)
        expect(a?.session.id).toBe(b?.session.id)
        const [from, to] = [a?.side, b?.side] as [Side, Side]
        const sent = send(context, from, Uint8Array.of(7))
        const locator = locate(context, to, placeOf(context, sent))
        expect(locator && receive(context, to, locator, sent.blob).plaintext).toEqual(Uint8Array.of(7))
      }),
      { numRuns: 8 },
    )
  }, 60_000)
})
