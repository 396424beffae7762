import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Clock } from '#main/ports.ts'
import { backoffDelay, defaultBackoff } from '#main/backoff.ts'
import type { DialOne, FrameSocketEvents } from '#main/transport/dial.ts'
import { defaultLinkSettings } from '#main/transport/healing.ts'
import { createRelayLink } from '#main/transport/relayLink.ts'
import { CairnError } from '#shared/errors.ts'
import { random, recordLink, silentLogger } from '../support/relayFixtures.ts'

const bytes =
  (...values: number[]) =>
  (): Uint8Array =>
    new Uint8Array(values)

describe('back-off', () => {
  it('doubles from the first delay to the largest; chance takes at most half of it', () => {
    const low = [0, 1, 2, 3, 7, 100].map((attempt) => backoffDelay(attempt, bytes(0, 0)))
    const high = [0, 1, 2, 3, 7, 100].map((attempt) => backoffDelay(attempt, bytes(255, 255)))
    expect(low).toEqual([250, 500, 1000, 2000, 30_000, 30_000])
    expect(high).toEqual([500, 1000, 2000, 4000, 60_000, 60_000])
  })

  it('stays within bounds whatever the attempt and the chance', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1e9 }), fc.nat({ max: 255 }), fc.nat({ max: 255 }), (attempt, a, b) => {
        const delay = backoffDelay(attempt, bytes(a, b))
        expect(delay).toBeGreaterThanOrEqual(defaultBackoff.firstMs / 2)
        expect(delay).toBeLessThanOrEqual(defaultBackoff.maxMs)
      }),
    )
  })
})

/** A clock whose time passes when the test says so. */
const createFakeClock = () => {
  let now = 0
  let timers: { at: number; task: () => void }[] = []
  const clock: Clock = {
    now: () => now,
    after: (ms, task) => {
      const timer = { at: now + ms, task }
      timers.push(timer)
      return () => {
        timers = timers.filter((one) => one !== timer)
      }
    },
  }
  return {
    clock,
    next: (): number | null => (timers.length === 0 ? null : Math.min(...timers.map(({ at }) => at)) - now),
    pass: (ms: number): void => {
      const end = now + ms
      for (;;) {
        const [timer] = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
        if (timer === undefined) break
        timers = timers.filter((one) => one !== timer)
        now = timer.at
        timer.task()
      }
      now = end
    },
  }
}

const setUp = async () => {
  const time = createFakeClock()
  const dialled: FrameSocketEvents[] = []
  const dial: DialOne = (events) => {
    dialled.push(events)
    return { send: () => undefined, buffered: () => 0, close: () => undefined }
  }
  const seen = recordLink()
  const address = 'ws://relay.example.org:7443'
  const link = createRelayLink({ address, events: seen, dial, clock: time.clock, random, logger: silentLogger })
  await new Promise((resolve) => setImmediate(resolve))
  const failNext = (): void => dialled.at(-1)?.onClose(new CairnError('relay.unreachable'))
  return { time, dialled, link, seen, failNext }
}

describe('a link that cannot connect', () => {
  it('tries for ever, ever more rarely', async () => {
    const { time, dialled, failNext } = await setUp()
    const delays = Array.from({ length: 20 }, () => {
      failNext()
      const delay = time.next() ?? 0
      time.pass(delay)
      return delay
    })
    expect(dialled).toHaveLength(21)
    expect(delays.slice(10).every((delay) => delay >= 30_000 && delay <= 60_000)).toBe(true)
    expect(delays[0]).toBeLessThanOrEqual(500)
  })

  it('connects at once when told to, and begins anew with short delays', async () => {
    const { time, dialled, link, failNext } = await setUp()
    for (let i = 0; i < 10; i++) {
      failNext()
      time.pass(time.next() ?? 0)
    }
    failNext()
    const before = dialled.length
    link.retry()
    link.retry()
    expect(dialled).toHaveLength(before + 1)
    failNext()
    expect(time.next()).toBeLessThanOrEqual(500)
  })

  it('gives an attempt up that comes to nothing', async () => {
    const { time, dialled, seen } = await setUp()
    time.pass(defaultLinkSettings.connectMs)
    expect(seen.states.at(-1)).toEqual({ state: 'offline', error: 'relay.unreachable' })
    time.pass(500)
    expect(dialled).toHaveLength(2)
  })

  it('forgets its failures once a connection has held', async () => {
    const { time, dialled, failNext } = await setUp()
    for (let i = 0; i < 10; i++) {
      failNext()
      time.pass(time.next() ?? 0)
    }
    dialled.at(-1)?.onOpen()
    time.pass(1_000)
    failNext()
    expect(time.next()).toBeGreaterThanOrEqual(30_000) // one second proves nothing
    time.pass(time.next() ?? 0)
    dialled.at(-1)?.onOpen()
    time.pass(6_000)
    failNext()
    expect(time.next()).toBeLessThanOrEqual(500)
  })

  it('leaves nothing behind when closed', async () => {
    const { time, dialled, link, failNext } = await setUp()
    failNext()
    link.close()
    expect(time.next()).toBeNull()
    time.pass(1_000_000)
    expect(dialled).toHaveLength(1)
  })
})
