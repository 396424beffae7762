/** Two streams over a network that a seed decides about, on a clock that the test moves: minutes pass in milliseconds. */
import { describe, expect, it } from 'vitest'
import { isCairnError } from '#shared/errors.ts'
import { wireLimits } from '#shared/wire/limits.ts'
import { utf8 } from '#main/protocol/bytes.ts'
import { createMessageStream } from '#main/transport/lan/stream.ts'
import { messageMax, startSegment } from '#main/transport/lan/streamSegment.ts'
import { createManualClock } from '../../../support/manualClock.ts'
import { createDice, seededRandom } from '../../../support/seeded.ts'
import { createWire, fairWeather, type Weather } from '../../../support/simulatedNetwork.ts'
import { createEnd, createStreamPair, runUntil, type End, type StreamPair } from '../../../support/streamPair.ts'

const windowBytes = 1024 * 1024

/** Mostly small, some as large as may be, some empty. */
function someMessages(seed: string, count: number): Uint8Array[] {
  const [dice, random] = [createDice(seed), seededRandom(seed)]
  return Array.from({ length: count }, () => random(dice.chance(0.1) ? dice.below(wireLimits.frameMax + 1) : dice.below(300)))
}

const same = (left: readonly Uint8Array[], right: readonly Uint8Array[]): boolean =>
  left.length === right.length && left.every((one, i) => Buffer.compare(one, right[i] as Uint8Array) === 0)

const textOf = (n: number): Uint8Array => utf8(`message ${String(n)}`)

function sendAll({ stream }: End, messages: readonly Uint8Array[]): void {
  for (const message of messages) stream.send(message)
}

/** Both at once; everything has to be there in the end, once and in order, and both have to know. */
function exchange(pair: StreamPair, seed: string, count: number): void {
  const [fromA, fromB] = [someMessages(`${seed} a`, count), someMessages(`${seed} b`, count)]
  sendAll(pair.a, fromA)
  sendAll(pair.b, fromB)
  const isThrough = () => pair.a.stream.buffered() === 0 && pair.b.stream.buffered() === 0
  pair.run(() => isThrough() || pair.a.errors.length + pair.b.errors.length > 0)
  expect({ seed, errors: [...pair.a.errors, ...pair.b.errors], isThrough: isThrough() }).toEqual({ seed, errors: [], isThrough: true })
  expect({ seed, atB: same(pair.b.received, fromA), atA: same(pair.a.received, fromB) }).toEqual({ seed, atB: true, atA: true })
}

describe('every message arrives once and in order, both ways at once', () => {
  const weathers: [string, Partial<Weather>][] = [
    ['no loss', {}],
    ['1 % loss', { loss: 0.01 }],
    ['10 % loss and overtaking', { loss: 0.1, jitterMs: 3 }],
    ['20 % loss, overtaking and doubles', { loss: 0.2, jitterMs: 10, duplication: 0.2 }],
    ['20 % loss, overtaking, doubles and MTU 600', { loss: 0.2, jitterMs: 4, duplication: 0.1, mtu: 571 }],
    ['40 % loss', { loss: 0.4 }],
    ['a slow path with a short queue', { bytesPerMs: 500, queueBytes: 20_000 }],
    ['far away', { delayMs: 150, loss: 0.02 }],
    ['nothing but overtaking', { jitterMs: 30 }],
  ]
  it.each(weathers)('%s', (name, weather) => {
    for (let seed = 1; seed <= 6; seed++) exchange(createStreamPair(`${name} ${String(seed)}`, weather), `${name} ${String(seed)}`, 40)
  })

  it('also where the two ways differ, and change', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const pair = createStreamPair(`changing ${String(seed)}`, { loss: 0.3 }, { jitterMs: 20, duplication: 0.5 })
      exchange(pair, `first ${String(seed)}`, 20)
      pair.there.weather = { ...fairWeather, mtu: 571 }
      pair.back.weather = { ...fairWeather, loss: 0.2 }
      for (const end of [pair.a, pair.b]) end.received = []
      exchange(pair, `second ${String(seed)}`, 20)
    }
  })
})

describe('what is sent', () => {
  it('is no more than a datagram takes, and in few of them: small messages go together', () => {
    const pair = createStreamPair('together')
    sendAll(
      pair.a,
      Array.from({ length: 1000 }, (_, i) => textOf(i)),
    )
    pair.run(() => pair.a.stream.buffered() === 0)
    expect(pair.there.sent).toBeLessThan(25)
    expect(pair.b.received).toHaveLength(1000)
  })

  it('goes again only where it was lost', () => {
    const pair = createStreamPair('few', { loss: 0.05, delayMs: 5 }, { delayMs: 5 })
    const bytes = 1_000_000
    sendAll(
      pair.a,
      Array.from({ length: bytes / 50_000 }, () => new Uint8Array(50_000)),
    )
    pair.run(() => pair.a.stream.buffered() === 0)
    expect(pair.there.sent).toBeLessThan((bytes / 1159) * 1.12)
  })

  it('fills the path: most of what a bottleneck carries', () => {
    const pair = createStreamPair('bottleneck', { bytesPerMs: 1250, queueBytes: 60_000, delayMs: 5 })
    const bytes = 5_000_000
    sendAll(
      pair.a,
      Array.from({ length: bytes / 50_000 }, () => new Uint8Array(50_000)),
    )
    const ms = pair.run(() => pair.a.stream.buffered() === 0)
    expect(bytes / ms).toBeGreaterThan(1250 * 0.75)
  })

  it('finds out that long datagrams vanish, and goes on with short ones; and that they do not any more', () => {
    const pair = createStreamPair('mtu', { mtu: 571, delayMs: 2 })
    const burst = () => {
      const before = pair.there.sent
      sendAll(pair.a, [new Uint8Array(60_000)])
      pair.run(() => pair.a.stream.buffered() === 0)
      return pair.there.sent - before
    }
    burst()
    expect(burst()).toBe(Math.ceil(60_004 / 487))
    pair.there.weather = fairWeather
    pair.run(() => false, 61_000)
    burst()
    expect(burst()).toBe(Math.ceil(60_004 / 1159))
  })

  it('too long a message is refused, and the longest is not', () => {
    const pair = createStreamPair('longest')
    expect(() => pair.a.stream.send(new Uint8Array(messageMax + 1))).toThrow('codec.too-large')
    expect(pair.a.stream.buffered()).toBe(0)
    sendAll(pair.a, [new Uint8Array(messageMax)])
    pair.run(() => pair.b.received.length === 1)
    expect(pair.b.received[0]).toHaveLength(messageMax)
  })
})

describe('a reader that pauses', () => {
  const total = 5 * windowBytes
  const messages = Array.from({ length: total / 32_768 }, (_, i) => new Uint8Array(32_768).fill(i))

  it('holds up the sender: no more than the window waits at either', () => {
    const pair = createStreamPair('pause', { loss: 0.02, jitterMs: 2 })
    pair.b.stream.pause()
    sendAll(pair.a, messages)
    pair.run(() => false, 120_000)
    expect(pair.b.received).toEqual([])
    expect(total - pair.a.stream.buffered()).toBeLessThanOrEqual(windowBytes)
    const sent = pair.there.sent
    pair.run(() => false, 10_000)
    expect(pair.there.sent - sent).toBeLessThan(50) // it asks now and then, and no more
    pair.b.stream.resume()
    pair.run(() => pair.a.stream.buffered() === 0)
    expect(same(pair.b.received, messages)).toBe(true)
    expect([pair.a.errors, pair.b.errors]).toEqual([[], []])
  })

  it('may do so at any message, and go on even if what says so is lost', () => {
    const pair = createStreamPair('stutter', { loss: 0.2 })
    pair.b.onMessage = (message) => {
      pair.b.received.push(message)
      if (pair.b.received.length % 7 !== 0) return
      pair.b.stream.pause()
      pair.clock.after(500, () => pair.b.stream.resume())
    }
    sendAll(pair.a, messages.slice(0, 60))
    pair.run(() => pair.b.received.length === 60)
    expect(same(pair.b.received, messages.slice(0, 60))).toBe(true)
  })
})

describe('the end', () => {
  it('is a named error where nothing gets through, also while something comes', () => {
    for (const loss of ['there', 'back'] as const) {
      const pair = createStreamPair(`silence ${loss}`)
      sendAll(pair.a, [textOf(1)])
      pair.run(() => pair.b.received.length === 1)
      pair[loss].weather = { ...fairWeather, loss: 1 }
      sendAll(pair.a, someMessages('silence', 20))
      const ms = pair.run(() => pair.a.errors.length > 0)
      expect(pair.a.errors.map(({ code }) => code)).toEqual(['lan.timeout'])
      expect(ms).toBeGreaterThanOrEqual(30_000)
      expect(() => pair.a.stream.send(textOf(2))).toThrow('lan.closed')
      const sent = pair.there.sent
      pair.run(() => false, 60_000)
      expect(pair.there.sent).toBe(sent)
    }
  })

  it('does not come because a computer slept', () => {
    const pair = createStreamPair('sleep')
    sendAll(pair.a, [textOf(1)])
    pair.there.weather = { ...fairWeather, loss: 1 }
    pair.run(() => false, 100)
    pair.sleep(3_600_000)
    pair.there.weather = fairWeather
    pair.run(() => pair.b.received.length === 1)
    expect([pair.a.errors, pair.b.received]).toEqual([[], [textOf(1)]])
  })

  it('by `close` is at once, and nothing is delivered after it', () => {
    const pair = createStreamPair('close')
    pair.b.onMessage = (message) => {
      pair.b.received.push(message)
      if (pair.b.received.length === 2) pair.b.stream.close()
    }
    sendAll(pair.a, [1, 2, 3].map(textOf))
    pair.run(() => pair.a.errors.length > 0)
    expect(pair.b.received).toEqual([1, 2].map(textOf))
    expect(pair.b.errors).toEqual([])
  })

  it('may wait until all is through, or for so long', () => {
    const ends: boolean[] = []
    const pair = createStreamPair('flush', { loss: 0.3 })
    sendAll(pair.a, someMessages('flush', 20))
    pair.a.stream.close({ ms: 60_000, onEnd: (isThrough) => ends.push(isThrough) })
    expect(() => pair.a.stream.send(textOf(1))).toThrow('lan.closed')
    pair.run(() => ends.length > 0)
    expect(same(pair.b.received, someMessages('flush', 20))).toBe(true)
    const dead = createStreamPair('flush in vain', { loss: 1 })
    sendAll(dead.a, [textOf(1)])
    dead.a.stream.close({ ms: 5_000, onEnd: (isThrough) => ends.push(isThrough) })
    expect(dead.run(() => ends.length > 1)).toBe(5_000)
    expect(ends).toEqual([true, false])
  })

  it('is what a session that has ended throws', () => {
    const clock = createManualClock()
    const end = createEnd(clock, () => {
      throw new TypeError('ended')
    })
    end.stream.send(textOf(1))
    runUntil(clock, () => false, 1000)
    expect(end.errors.map(({ code }) => code)).toEqual(['internal'])
  })
})

describe('two streams on one bottleneck', () => {
  it('share it: neither has less than a third', () => {
    for (const seed of ['fair 1', 'fair 2']) {
      const clock = createManualClock()
      const wire = createWire(clock, createDice(seed), { ...fairWeather, bytesPerMs: 1000, queueBytes: 30_000, delayMs: 4, jitterMs: 1 })
      const bytes = [0, 1].map((which) => {
        const sender: End = createEnd(clock, (datagram) => wire.send(datagram, (one) => receiver.stream.received(one)))
        const receiver: End = createEnd(clock, (datagram) => clock.after(4, () => sender.stream.received(datagram)))
        const taken = { count: 0 }
        receiver.onMessage = (message) => void (taken.count += message.length)
        // one begins when the other has the path for itself
        clock.after(which * 1_000, () =>
          sendAll(
            sender,
            Array.from({ length: 1000 }, () => new Uint8Array(50_000)),
          ),
        )
        return taken
      })
      runUntil(clock, () => false, 3_000)
      for (const taken of bytes) taken.count = 0
      runUntil(clock, () => false, 12_000)
      const counts = bytes.map(({ count }) => count)
      const all = counts.reduce((sum, count) => sum + count)
      expect({ seed, share: Math.min(...counts) / all > 1 / 3, full: all > 12_000 * 1000 * 0.7 }).toEqual({ seed, share: true, full: true })
    }
  })
})

describe('whatever comes', () => {
  it('nothing is thrown, and nothing piles up', () => {
    const [dice, random] = [createDice('noise'), seededRandom('noise')]
    const pair = createStreamPair('noise')
    const recorded: Uint8Array[] = []
    const record = pair.there.send
    pair.there.send = (datagram, arrive) => {
      recorded.push(datagram)
      record(datagram, arrive)
    }
    sendAll(pair.a, someMessages('noise', 30))
    pair.run(() => pair.a.stream.buffered() === 0)
    const fresh = () => createEnd(pair.clock, () => undefined)
    let [victim, dropped] = [fresh(), 0]
    const before = process.memoryUsage()
    for (let i = 0; i < 150_000; i++) {
      const datagram = dice.chance(0.1) ? random(dice.below(60)) : (recorded[dice.below(recorded.length)] as Uint8Array).slice()
      if (datagram.length > 0)
        for (let flips = dice.below(4); flips > 0; flips--) datagram[dice.below(Math.min(40, datagram.length))] = dice.below(256)
      victim.stream.received(datagram)
      if (i % 100 === 0) runUntil(pair.clock, () => false, 5)
      victim.received = []
      if (victim.errors.length === 0) continue // a length that is no length ends it
      dropped += victim.stream.dropped()
      victim = fresh()
    }
    const after = process.memoryUsage()
    const grown = after.heapUsed + after.external - before.heapUsed - before.external
    expect(dropped + victim.stream.dropped()).toBeGreaterThan(10_000)
    expect(grown).toBeLessThan(64e6)
  })

  it('an acknowledgement of what was never sent counts for nothing', () => {
    const clock = createManualClock()
    const end = createEnd(clock, () => undefined)
    end.stream.send(textOf(1))
    runUntil(clock, () => false, 5)
    const before = end.stream.buffered()
    const lie = (next: number, number: number) =>
      startSegment(
        { number: null, isUrgent: false, offset: 0, ack: { next, limit: next, delayMs: 0, runs: [{ low: 0, high: number }] } },
        0,
      )
    end.stream.received(lie(before + 1, 0))
    end.stream.received(lie(before, 1))
    expect([end.stream.buffered(), end.stream.dropped()]).toEqual([before, 2])
    end.stream.received(lie(before, 0))
    expect(end.stream.buffered()).toBe(0)
  })

  it('a message that says it is longer than any ends the stream', () => {
    const clock = createManualClock()
    const end = createEnd(clock, () => undefined)
    const segment = startSegment({ number: 0, isUrgent: false, ack: null, offset: 0 }, 4)
    segment.set([0xff, 0, 0, 0], segment.length - 4)
    end.stream.received(segment)
    expect(end.errors.map((error) => isCairnError(error) && error.code)).toEqual(['codec.too-large'])
  })
})

it('without a host to say when, what is sent goes when the work at hand is done', async () => {
  const sent: Uint8Array[] = []
  const clock = createManualClock()
  const stream = createMessageStream({
    ...{ clock, maxPayload: 1172, send: (datagram: Uint8Array) => void sent.push(datagram) },
    ...{ onMessage: () => undefined, onDrain: () => undefined, onClose: () => undefined },
  })
  stream.send(textOf(1))
  stream.send(textOf(2))
  expect(sent).toHaveLength(0)
  await Promise.resolve()
  expect(sent).toHaveLength(1)
})
