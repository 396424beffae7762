/** A network on a clock that a test moves: what it does to each datagram follows from a seed. */
import type { Clock } from '#main/ports.ts'
import type { Dice } from './seeded.ts'

export interface Weather {
  /** Shares from 0 to 1. */
  loss: number
  duplication: number
  /** One way; each datagram takes up to `jitterMs` longer, so that it may be overtaken. */
  delayMs: number
  jitterMs: number
  /** Of the bottleneck; what finds its queue full is lost. */
  bytesPerMs: number
  queueBytes: number
  /** What is longer is lost, and nobody is told. */
  mtu: number
}

export const fairWeather: Weather = {
  ...{ loss: 0, duplication: 0, delayMs: 1, jitterMs: 0 },
  ...{ bytesPerMs: Infinity, queueBytes: Infinity, mtu: 1500 },
}

export interface Wire {
  /** Carries a datagram to `arrive`, perhaps. Several senders may share the wire. */
  send(datagram: Uint8Array, arrive: (datagram: Uint8Array) => void): void
  weather: Weather
  /** Datagrams that were handed over. */
  readonly sent: number
}

/** One direction. */
export function createWire(clock: Clock, dice: Dice, weather: Weather): Wire {
  let freeAt = 0
  let sent = 0
  const wire: Wire = {
    weather,
    get sent() {
      return sent
    },
    send(datagram, arrive) {
      sent++
      const { loss, duplication, delayMs, jitterMs, bytesPerMs, queueBytes, mtu } = wire.weather
      const now = clock.now()
      const queued = Math.max(0, freeAt - now) * bytesPerMs
      if (datagram.length > mtu || dice.chance(loss) || (queued > 0 && queued + datagram.length > queueBytes)) return
      freeAt = Math.max(freeAt, now) + datagram.length / bytesPerMs
      const bytes = datagram.slice() // as a network: what the sender does with its buffer afterwards does not matter
      for (let copies = dice.chance(duplication) ? 2 : 1; copies > 0; copies--) {
        const late = jitterMs === 0 ? 0 : (dice.below(1000) / 1000) * jitterMs
        clock.after(freeAt - now + delayMs + late, () => arrive(bytes.slice()))
      }
    },
  }
  return wire
}
