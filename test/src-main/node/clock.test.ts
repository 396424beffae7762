import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '#main/node/clock.ts'

const day = 24 * 60 * 60 * 1000

describe('the clock', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("waits longer than the platform's own timers can", () => {
    let done = 0
    systemClock.after(60 * day, () => done++)
    vi.advanceTimersByTime(60 * day - 1)
    expect(done).toBe(0)
    vi.advanceTimersByTime(1)
    expect(done).toBe(1)
    vi.advanceTimersByTime(60 * day)
    expect(done).toBe(1)
  })

  it('can be called off, also on the second leg of a long wait', () => {
    let done = 0
    const cancel = systemClock.after(60 * day, () => done++)
    vi.advanceTimersByTime(50 * day)
    cancel()
    vi.advanceTimersByTime(50 * day)
    systemClock.after(1, () => done++)()
    vi.advanceTimersByTime(1)
    expect(done).toBe(0)
  })
})
