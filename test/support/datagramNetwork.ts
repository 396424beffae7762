/** A network of datagrams under a manual clock: every one takes some ms, and is lost, doubled or overtaken as the dice have it. */
import type { DatagramSocket, Remote } from '#main/transport/lan/datagram.ts'
import type { ManualClock } from './manualClock.ts'
import type { Dice } from './seeded.ts'

export interface Passing {
  datagram: Uint8Array
  from: Remote
  to: Remote
}

interface Weather {
  /** Shares of all datagrams. */
  loss?: number
  doubled?: number
  /** Each takes from 1 to so many ms. */
  delayMs?: number
}

export interface DatagramNetwork {
  socket(address: string, port: number): DatagramSocket
  /** From now on. */
  weather: Weather
  /** Everything that was sent, lost or not, oldest first. */
  readonly sent: Passing[]
  /** Anybody sends anything in anybody's name. */
  inject(passing: Passing): void
  /** What becomes of a datagram under way; null: lost. */
  alter: (passing: Passing) => Passing | null
}

export function createDatagramNetwork(clock: ManualClock, dice: Dice): DatagramNetwork {
  const listeners = new Map<string, (datagram: Uint8Array, from: Remote) => void>()
  const keyOf = ({ address, port }: Remote) => `${address} ${port}`
  const carry = (passing: Passing): void => {
    const { loss = 0, doubled = 0, delayMs = 1 } = network.weather
    const copies = dice.chance(loss) ? 0 : dice.chance(doubled) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      const through = network.alter(passing)
      if (through === null) continue
      const deliver = () => listeners.get(keyOf(through.to))?.(through.datagram.slice(), { ...through.from })
      clock.after(1 + dice.below(delayMs), deliver)
    }
  }
  const network: DatagramNetwork = {
    weather: {},
    sent: [],
    alter: (passing) => passing,
    inject: carry,
    socket(address, port) {
      const local = { address, port }
      return {
        local,
        send(datagram, to) {
          const passing = { datagram: datagram.slice(), from: local, to: { ...to } }
          network.sent.push(passing)
          carry(passing)
        },
        onDatagram: (listener) => void listeners.set(keyOf(local), listener),
        close: () => void listeners.delete(keyOf(local)),
      }
    },
  }
  return network
}
