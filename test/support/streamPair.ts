/** Two message streams over a simulated network, and what came of what was sent. */
import type { CairnError } from '#shared/errors.ts'
import type { Clock } from '#main/ports.ts'
import { createMessageStream, type MessageStream } from '#main/transport/lan/stream.ts'
import { createManualClock, type ManualClock } from './manualClock.ts'
import { createDice } from './seeded.ts'
import { createWire, fairWeather, type Weather, type Wire } from './simulatedNetwork.ts'

export const maxPayload = 1172

export interface End {
  stream: MessageStream
  received: Uint8Array[]
  errors: CairnError[]
  /** Of the stream, when it was most. */
  mostBuffered: number
  onMessage: ((message: Uint8Array) => void) | null
}

/** Milliseconds are whole, as in the clocks of hosts. */
export const wholeMs = (clock: Clock): Clock => ({ now: () => Math.floor(clock.now()), after: (ms, task) => clock.after(ms, task) })

export interface StreamPair {
  clock: ManualClock
  a: End
  b: End
  /** From a to b, and back. */
  there: Wire
  back: Wire
  /** Lets time pass until `isDone`, at most so many ms of it; answers how many it were. */
  run(isDone: () => boolean, ms?: number): number
  /** Both computers sleep: nothing happens, and then it is so much later. Below 0: their clocks are put back. */
  sleep(ms: number): void
}

export function createEnd(clock: Clock, send: (datagram: Uint8Array) => void): End {
  const end: End = { stream: undefined as never, received: [], errors: [], mostBuffered: 0, onMessage: null }
  end.stream = createMessageStream({
    ...{ clock: wholeMs(clock), maxPayload, send, onDrain: () => undefined, onClose: (error) => end.errors.push(error) },
    onMessage: (message) => (end.onMessage ?? ((one) => end.received.push(one)))(message),
    defer: (task) => clock.after(0, task),
  })
  return end
}

export function runUntil(clock: ManualClock, isDone: () => boolean, ms: number): number {
  const start = clock.now()
  while (!isDone() && clock.step(start + ms));
  return clock.now() - start
}

export function createStreamPair(seed: string, weather: Partial<Weather> = {}, backWeather: Partial<Weather> = weather): StreamPair {
  const clock = createManualClock()
  let slept = 0
  const lived: Clock = { now: () => clock.now() + slept, after: (ms, task) => clock.after(ms, task) }
  const dice = createDice(seed)
  const there = createWire(clock, dice, { ...fairWeather, ...weather })
  const back = createWire(clock, dice, { ...fairWeather, ...backWeather })
  const a: End = createEnd(lived, (datagram) => there.send(datagram, (bytes) => b.stream.received(bytes)))
  const b: End = createEnd(lived, (datagram) => back.send(datagram, (bytes) => a.stream.received(bytes)))
  return { clock, a, b, there, back, run: (isDone, ms = 600_000) => runUntil(clock, isDone, ms), sleep: (ms) => void (slept += ms) }
}
