/** A UDP proxy that loses, doubles, delays, alters and swallows datagrams, as a seed decides: between real sockets. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Remote } from '#main/transport/lan/datagram.ts'
import { createDice } from './seeded.ts'

/** Shares from 0 to 1. */
export interface Trouble {
  loss: number
  duplication: number
  /** One bit is flipped. */
  corruption: number
  /** Is held back for up to `lateMs`, and so overtaken. */
  late: number
  lateMs: number
  /** Of what UDP carries: longer ones vanish. */
  mtu: number
}

export const noTrouble: Trouble = { loss: 0, duplication: 0, corruption: 0, late: 0, lateMs: 0, mtu: 65_535 }

export interface LossyProxy {
  /** What clients connect to. */
  readonly place: Remote
  readonly counts: Record<'carried' | 'lost' | 'doubled' | 'altered' | 'late' | 'tooLong', number>
  close(): void
}

async function bound(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 2 ** 21, sendBufferSize: 2 ** 21 })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

/** For one server and one client: whoever speaks first is the client. */
export async function startLossyProxy(server: Remote, seed: string, trouble: Partial<Trouble> = {}): Promise<LossyProxy> {
  const { loss, duplication, corruption, late, lateMs, mtu } = { ...noTrouble, ...trouble }
  const [dice, front, back] = [createDice(seed), await bound(), await bound()]
  const counts = { carried: 0, lost: 0, doubled: 0, altered: 0, late: 0, tooLong: 0 }
  const timers = new Set<NodeJS.Timeout>()
  let client: Remote | null = null
  const happens = (share: number): boolean => share > 0 && dice.chance(share)

  const later = (task: () => void): void => {
    const timer = setTimeout(
      () => {
        timers.delete(timer)
        task()
      },
      dice.below(lateMs + 1),
    )
    timers.add(timer)
  }

  function carry(datagram: Buffer, out: Socket, to: Remote): void {
    if (datagram.length > mtu) return void counts.tooLong++
    if (happens(loss)) return void counts.lost++
    if (happens(corruption)) {
      const at = dice.below(datagram.length)
      datagram[at] = (datagram[at] as number) ^ (1 << dice.below(8))
      counts.altered++
    }
    const send = (): void => out.send(datagram, to.port, to.address, () => undefined)
    const isDoubled = happens(duplication)
    if (isDoubled) counts.doubled++
    for (let copies = isDoubled ? 2 : 1; copies > 0; copies--) {
      counts.carried++
      if (!happens(late)) send()
      else {
        counts.late++
        later(send)
      }
    }
  }

  front.on('message', (datagram, from) => {
    client ??= { address: from.address, port: from.port }
    carry(datagram, back, server)
  })
  back.on('message', (datagram) => {
    if (client !== null) carry(datagram, front, client)
  })
  return {
    place: { address: '127.0.0.1', port: front.address().port },
    counts,
    close() {
      for (const timer of timers) clearTimeout(timer)
      front.close()
      back.close()
    },
  }
}
