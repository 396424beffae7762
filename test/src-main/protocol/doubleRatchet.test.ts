import { describe, expect, test } from 'vitest'
import { fromUtf8, utf8 } from '#main/protocol/bytes.ts'
import {
  closingBlobs,
  headerOpens,
  maxSkippedPerChain,
  overheadBytes,
  ratchetDecrypt,
  ratchetEncrypt,
  sealedHeaderBytes,
  unusedPlaces,
  type Locator,
  type RatchetState,
} from '#main/protocol/doubleRatchet.ts'
import { encodeRatchetState } from '#main/protocol/ratchetState.ts'
import { flipBit, node, noble, testContext } from '#test/support/providers.ts'
import { exchange, forge, receive, send, sideOf, type Header } from '#test/support/sessionPair.ts'

const context = testContext()
const initial = exchange(context)
const alice = () => sideOf(initial.A.state)
const bob = () => sideOf(initial.B.state)
const text = (bytes: Uint8Array) => fromUtf8(bytes)

/** Nothing changes on a refusal: what was given is afterwards as it was. */
function expectRefusal(state: RatchetState, locator: Locator, blob: Uint8Array, code = /crypto\.failed|session\.refused/): void {
  const before = encodeRatchetState(state)
  expect(() => ratchetDecrypt(node, state, locator, blob)).toThrow(code)
  expect(encodeRatchetState(state)).toEqual(before)
}

/** Both have spoken: Ann's chain is 0 messages into its second, Ben's likewise. */
function talked() {
  const [a, b] = [alice(), bob()]
  receive(context, b, { chain: 'current', n: 0 }, send(context, a, utf8('one')).blob)
  receive(context, a, { chain: 'next', n: 0 }, send(context, b, utf8('two')).blob)
  return { a, b }
}

describe('sending', () => {
  test('the initial states are those of the specification’s table', () => {
    const [a, b] = [initial.A.state, initial.B.state]
    expect(a.DHs?.publicKey).toEqual(b.DHr)
    expect(a.KEMs?.publicKey).toEqual(b.KEMr)
    expect(node.x25519.publicKey(a.DHs?.secretKey as Uint8Array)).toEqual(a.DHs?.publicKey)
    expect(node.mlKem768.publicKey(a.KEMs?.seed as Uint8Array)).toEqual(a.KEMs?.publicKey)
    expect(a).toMatchObject({ DHr: null, KEMr: null, CKr: null, HKr: null, Ns: 0, Nr: 0, PN: 0, KEMct: new Uint8Array(1088) })
    expect(b).toMatchObject({ DHs: null, KEMs: null, CKs: null, HKs: null, KEMct: null, Ns: 0, Nr: 0, PN: 0 })
    for (const [ours, theirs] of [
      [a.CKs, b.CKr],
      [a.HKs, b.HKr],
      [a.NHKs, b.NHKr],
      [a.NHKr, b.NHKs],
      [a.RK, b.RK],
      [a.idA, b.idA],
      [a.idB, b.idB],
    ])
      expect(ours).toEqual(theirs)
    const keys = [a.RK, a.CKs, a.HKs, a.NHKs, a.NHKr, initial.A.contactKey].map((key) => Buffer.from(key as Uint8Array).toString('hex'))
    expect(new Set(keys).size).toBe(6)
  })

  test('a first send of the acceptor is a ratchet step, a first send of the inviter is none', () => {
    const [a, b] = [alice(), bob()]
    expect(send(context, a, utf8('a')).state.steps).toBe(0)
    const sent = send(context, b, utf8('b'))
    expect(sent.state).toMatchObject({ steps: 1, Ns: 1 })
    expect(sent.headerKey).toEqual(initial.B.state.NHKs)
  })

  test('the place of the next message is known before it is encrypted, and the first of the chain after it', () => {
    const [a, b] = [alice(), bob()]
    expect(unusedPlaces(b.state)).toEqual([{ headerKey: b.state.NHKs, n: 0 }])
    for (const side of [a, b, a, b]) {
      const [place] = unusedPlaces(side.state)
      const sent = send(context, side, utf8('x'))
      expect({ headerKey: sent.headerKey, n: sent.n }).toEqual(place)
    }
    const afterNext = unusedPlaces(a.state)[1]
    receive(context, a, { chain: 'next', n: 0 }, ratchetEncrypt(context, initial.B.state, utf8('x'), 4096).blob)
    const sent = send(context, a, utf8('x'))
    expect({ headerKey: sent.headerKey, n: sent.n }).toEqual(afterNext)
  })

  test.each([4096, 16384, 65536])('a blob is exactly %i bytes, whatever fits into it', (size) => {
    for (const length of [0, 1, size - overheadBytes - 1]) {
      const plaintext = context.random(length)
      const { blob } = ratchetEncrypt(context, initial.A.state, plaintext, size)
      expect(blob.length).toBe(size)
      expect(ratchetDecrypt(noble, initial.B.state, { chain: 'current', n: 0 }, blob).plaintext).toEqual(plaintext)
    }
    expect(() => ratchetEncrypt(context, initial.A.state, new Uint8Array(size - overheadBytes), size)).toThrow('message.too-long')
  })

  test('a 4 KiB blob carries 1,703 bytes', () => {
    expect(4096 - overheadBytes - 1).toBe(1703)
  })

  test('who has neither a chain nor a peer’s keys cannot send', () => {
    const nobody = { ...initial.A.state, CKs: null }
    expect(() => ratchetEncrypt(context, nobody, utf8('x'), 4096)).toThrow('session.none')
  })

  test('the same plaintext never makes the same blob', () => {
    const [one, two] = [1, 2].map(() => ratchetEncrypt(context, initial.A.state, utf8('x'), 4096).blob)
    expect(one?.subarray(0, sealedHeaderBytes)).not.toEqual(two?.subarray(0, sealedHeaderBytes))
    expect(one?.subarray(sealedHeaderBytes)).not.toEqual(two?.subarray(sealedHeaderBytes))
  })

  test('sending leaves the state it was given as it was', () => {
    for (const { state } of [initial.A, initial.B]) {
      const before = encodeRatchetState(state)
      ratchetEncrypt(context, state, utf8('x'), 4096)
      expect(encodeRatchetState(state)).toEqual(before)
    }
  })
})

describe('receiving', () => {
  test('in order, over steps in both directions, with keys that are new at every step', () => {
    const [a, b] = [alice(), bob()]
    const roots = new Set<string>()
    for (let round = 0; round < 4; round++) {
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        const first = send(context, from, utf8(`first ${String(round)}`))
        const chain = to.state.HKr && Buffer.compare(first.headerKey, to.state.HKr) === 0 ? 'current' : 'next'
        expect(text(receive(context, to, { chain, n: 0 }, first.blob).plaintext)).toBe(`first ${String(round)}`)
        const second = send(context, from, utf8('second'))
        expect(text(receive(context, to, { chain: 'current', n: 1 }, second.blob).plaintext)).toBe('second')
        roots.add(Buffer.from(to.state.RK).toString('hex'))
      }
    }
    expect(roots.size).toBe(8)
    expect(a.state.steps + b.state.steps).toBe(7)
  })

  test('the receiving half of a step destroys our pairs and chain and keeps the count', () => {
    const { a } = talked()
    expect(a.state).toMatchObject({ DHs: null, KEMs: null, CKs: null, HKs: null, KEMct: null, PN: 1, Ns: 0, Nr: 1 })
  })

  test('numbers passed over leave their keys, each for one message', () => {
    const [a, b] = [alice(), bob()]
    const sent = [0, 1, 2, 3].map((i) => send(context, a, utf8(String(i))))
    const last = receive(context, b, { chain: 'current', n: 3 }, sent[3]?.blob as Uint8Array)
    expect(last.skipped.map(({ n }) => n)).toEqual([0, 1, 2])
    for (const key of last.skipped) {
      const before = encodeRatchetState(b.state)
      const got = receive(context, b, { chain: 'skipped', key }, sent[key.n]?.blob as Uint8Array)
      expect(text(got.plaintext)).toBe(String(key.n))
      expect(encodeRatchetState(b.state)).toEqual(before)
    }
    expect(b.skipped.size).toBe(0)
  })

  test('the end of the old chain is kept when a new one begins', () => {
    const { a, b } = talked()
    // b's chain: n 0 arrived; 1 and 2 are late. a answers, b steps.
    const late = [send(context, b, utf8('late 1')), send(context, b, utf8('late 2'))]
    receive(context, b, { chain: 'next', n: 0 }, send(context, a, utf8('answer')).blob)
    const got = receive(context, a, { chain: 'next', n: 1 }, (send(context, b, utf8('skipped')), send(context, b, utf8('new'))).blob)
    expect(got.skipped.map(({ n }) => n)).toEqual([1, 2, 0])
    late.forEach((sent, i) => {
      const key = got.skipped[i] as (typeof got.skipped)[0]
      expect(text(receive(context, a, { chain: 'skipped', key }, sent.blob).plaintext)).toBe(`late ${String(i + 1)}`)
    })
  })

  test('exactly 1,000 numbers may be passed over, in the old chain and in the new one', () => {
    const [a, b] = [alice(), bob()]
    for (let i = 0; i < maxSkippedPerChain; i++) send(context, a, utf8('lost'))
    const last = send(context, a, utf8('1000'))
    expect(receive(context, b, { chain: 'current', n: 1000 }, last.blob).skipped).toHaveLength(1000)
    const next = ratchetEncrypt(context, last.state, utf8('x'), 4096)
    const behind = { ...initial.B.state }
    expect(next.n).toBe(1001)
    expectRefusal(behind, { chain: 'current', n: 1001 }, next.blob, /session.refused/)
  })
})

describe('refused, and nothing has changed', () => {
  const { a, b } = talked()
  const before = b.state
  const sent = send(context, a, utf8('for b'))
  const at: Locator = { chain: 'next', n: 0 }

  test('it would have been accepted', () => {
    expect(text(ratchetDecrypt(node, before, at, sent.blob).plaintext)).toBe('for b')
  })

  test('another chain than the place’s', () => {
    expectRefusal(before, { chain: 'current', n: 1 }, sent.blob, /crypto.failed/)
    const key = { headerKey: context.random(32), n: 0, messageKey: context.random(32) }
    expectRefusal(before, { chain: 'skipped', key }, sent.blob, /crypto.failed/)
  })

  test('another number than the place’s', () => {
    for (const n of [1, 2, 999, 4294967295]) expectRefusal(before, { chain: 'next', n }, sent.blob, /session.refused/)
    const side = sideOf(initial.B.state)
    const [first, second] = [ratchetEncrypt(context, initial.A.state, utf8('0'), 4096)].flatMap((one) => [
      one,
      ratchetEncrypt(context, one.state, utf8('1'), 4096),
    ]) as [ReturnType<typeof send>, ReturnType<typeof send>]
    const [key] = receive(context, side, { chain: 'current', n: 1 }, second.blob).skipped
    if (!key) throw new Error('no key was kept')
    expectRefusal(side.state, { chain: 'skipped', key: { ...key, n: 5 } }, first.blob, /session.refused/)
    expectRefusal(side.state, { chain: 'skipped', key }, second.blob, /session.refused/)
  })

  test('a number that was used', () => {
    const side = sideOf(initial.B.state)
    const one = send(context, sideOf(initial.A.state), utf8('once'))
    receive(context, side, { chain: 'current', n: 0 }, one.blob)
    expectRefusal(side.state, { chain: 'current', n: 0 }, one.blob, /session.refused/)
  })

  test('the next chain before we have a pair of our own', () => {
    const one = ratchetEncrypt(context, { ...initial.A.state, HKs: initial.A.state.NHKs }, utf8('x'), 4096)
    expectRefusal(initial.B.state, { chain: 'next', n: 0 }, one.blob, /session.refused/)
  })

  test('the current chain where there is none', () => {
    expectRefusal(initial.A.state, { chain: 'current', n: 0 }, sent.blob, /session.refused/)
  })

  test('a bit changed anywhere: nonces, headers’ every part, tags, bodies', () => {
    const parts = [0, 23, 24, 55, 56, 1239, 1240, 2327, 2328, 2331, 2332, 2335, 2336, 2351, 2352, 2375, 2376, 3000, 4079, 4080, 4095]
    for (const position of parts) expectRefusal(before, at, flipBit(sent.blob, position, position % 8), /crypto.failed/)
  })

  test('every shorter blob, a longer one, an empty one', () => {
    for (let length = 0; length < sent.blob.length; length += length > 4080 || length < 30 ? 1 : 37) {
      expectRefusal(before, at, sent.blob.subarray(0, length))
    }
    expectRefusal(before, at, new Uint8Array([...sent.blob, 0]), /crypto.failed/)
  })

  test('header and body of two messages put together', () => {
    const other = ratchetEncrypt(context, sent.state, utf8('another'), 4096)
    const swapped = new Uint8Array([...sent.blob.subarray(0, sealedHeaderBytes), ...other.blob.subarray(sealedHeaderBytes)])
    expectRefusal(before, at, swapped, /crypto.failed/)
  })

  test('other identities than the session’s', () => {
    for (const wrong of [{ idA: before.idB, idB: before.idA }, { idA: context.random(32) }, { idB: context.random(32) }]) {
      expectRefusal({ ...before, ...wrong }, at, sent.blob, /crypto.failed/)
    }
  })

  test('another ML-KEM cipher text or X25519 key: the chain that follows is another', () => {
    const changed = (change: (h: Header) => Header) => forge(context, { ...sent.state, Ns: 0 }, change)
    expectRefusal(
      before,
      at,
      changed((h) => ({ ...h, kemCt: flipBit(h.kemCt, 5) })),
      /crypto.failed/,
    )
    expectRefusal(
      before,
      at,
      changed((h) => ({ ...h, dh: context.random(32) })),
      /crypto.failed/,
    )
  })

  describe('from a peer that breaks the rules', () => {
    const state = (() => {
      const started = ratchetEncrypt(context, a.state, utf8('x'), 4096).state
      return { ...started, Ns: 0 }
    })()
    // a message whose body opens: the chain key of number 0 is still the state's
    const sender = (() => {
      const fresh = talked()
      const own = fresh.a.state
      const first = ratchetEncrypt(context, own, utf8('x'), 4096)
      return { peer: fresh.b.state, first }
    })()

    test('low-order X25519 keys', () => {
      for (const low of [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31))]) {
        const blob = forge(context, state, (h) => ({ ...h, dh: low }))
        expectRefusal(before, at, blob)
      }
      // of order 8, RFC 7748's list of twelve
      const order8 = Buffer.from('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800', 'hex')
      expectRefusal(
        sender.peer,
        at,
        forge(context, { ...sender.first.state, Ns: 0 }, (h) => ({ ...h, dh: new Uint8Array(order8) })),
      )
    })

    test('an ML-KEM key that fails FIPS 203’s modulus check: refused now, not at our next send', () => {
      const bad = (key: Uint8Array) => {
        const changed = key.slice()
        changed.set([0x01, key[1] === undefined ? 0x0d : (key[1] & 0xf0) | 0x0d], 0) // the first coefficient becomes q
        return changed
      }
      expect(() => node.mlKem768.encapsulate(bad(new Uint8Array(1184)))).toThrow('crypto.failed')
      expectRefusal(
        before,
        at,
        forge(context, state, (h) => ({ ...h, kemPk: bad(h.kemPk) })),
        /session.refused/,
      )
      expectRefusal(
        before,
        at,
        forge(context, state, (h) => ({ ...h, kemPk: new Uint8Array(1184).fill(255) })),
        /session.refused/,
      )
    })

    test('a chain longer or a start further ahead than 1,000', () => {
      expectRefusal(
        before,
        at,
        forge(context, state, (h) => ({ ...h, pn: 1002 })),
        /session.refused/,
      )
      expectRefusal(
        before,
        at,
        forge(context, state, (h) => ({ ...h, pn: 4294967295 })),
        /session.refused/,
      )
      expectRefusal(
        before,
        { chain: 'next', n: 1001 },
        forge(context, state, (h) => ({ ...h, n: 1001 })),
        /session.refused/,
      )
    })

    test('other keys within a chain', () => {
      const peer = ratchetDecrypt(node, sender.peer, at, sender.first.blob).state
      const second = { chain: 'current', n: 1 } as const
      const same = forge(context, sender.first.state, (h) => h)
      expect(text(ratchetDecrypt(node, peer, second, same).plaintext)).toBe('forged')
      expectRefusal(
        peer,
        second,
        forge(context, sender.first.state, (h) => ({ ...h, dh: flipBit(h.dh, 3) })),
        /session.refused/,
      )
      expectRefusal(
        peer,
        second,
        forge(context, sender.first.state, (h) => ({ ...h, kemPk: flipBit(h.kemPk, 3) })),
        /session.refused/,
      )
    })

    test('a shorter old chain than was seen only loses its own messages', () => {
      const peer = ratchetDecrypt(
        node,
        sender.peer,
        at,
        forge(context, { ...sender.first.state, Ns: 0, CKs: fromStart(sender) }, (h) => ({ ...h, pn: 0 })),
      )
      expect(peer.skipped).toEqual([])
    })

    /** The chain key of number 0, before the first message was sent. */
    function fromStart({ first }: typeof sender): Uint8Array {
      const opened = ratchetDecrypt(node, sender.peer, at, first.blob)
      // derived anew: the receiving chain starts where the sending one did
      const { RK, DHs, KEMs, NHKr } = sender.peer
      if (!DHs || !KEMs || !NHKr || !opened.state.DHr || !first.state.KEMct) throw new Error('no step')
      const ss = node.mlKem768.decapsulate(KEMs.seed, first.state.KEMct)
      const dh = node.x25519.sharedSecret(DHs.secretKey, opened.state.DHr)
      return node.hkdf(new Uint8Array([...dh, ...ss]), utf8('cairn/1 ratchet'), 96, RK).slice(32, 64)
    }
  })
})

test('headerOpens says whether a blob is of our own chain and number, and changes nothing', () => {
  const sent = ratchetEncrypt(context, initial.A.state, utf8('x'), 4096)
  expect(headerOpens(node, initial.A.state, sent.headerKey, 0, sent.blob)).toBe(true)
  expect(headerOpens(node, initial.A.state, sent.headerKey, 1, sent.blob)).toBe(false)
  expect(headerOpens(node, initial.A.state, context.random(32), 0, sent.blob)).toBe(false)
  expect(headerOpens(node, initial.A.state, sent.headerKey, 0, flipBit(sent.blob, 100))).toBe(false)
  expect(headerOpens(node, initial.A.state, sent.headerKey, 0, new Uint8Array(10))).toBe(false)
})

test('closing blobs lie at the peer’s unused places, open there for the peer’s copy and for nobody else, and are no message', () => {
  const { a, b } = talked()
  for (const [left, copy] of [
    [a, b],
    [b, a],
  ] as const) {
    const closing = closingBlobs(context, left.state)
    const places = unusedPlaces(copy.state)
    for (const place of places) expect(closing.map(({ headerKey, n }) => ({ headerKey, n }))).toContainEqual(place)
    for (const { headerKey, n, blob } of closing) {
      expect(blob.length).toBe(4096)
      expect(headerOpens(node, copy.state, headerKey, n, blob)).toBe(true)
      expect(headerOpens(node, copy.state, headerKey, n + 1, blob)).toBe(false)
      for (const chain of ['current', 'next'] as const) expectRefusal(left.state, { chain, n }, blob)
    }
  }
})
