import { randomBytes } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Mailbox } from '#main/lanPort.ts'
import { createMultiplex } from '#main/transport/lan/multiplex.ts'

/** A mailbox that answers every frame with itself, and what its clients did. */
function echo() {
  const log: string[] = []
  const mailbox: Mailbox = {
    accept(peer) {
      log.push('open')
      return { receive: (frame) => peer.send(frame), drained: () => undefined, closed: () => void log.push('closed') }
    },
  }
  return { log, mailbox }
}

/** Two ends, each with a mailbox of its own; what one sends is there at the next turn. */
function pair() {
  const [ours, theirs] = [echo(), echo()]
  const closed: string[] = []
  const channel = (name: string, other: () => ReturnType<typeof createMultiplex>) => ({
    send: (message: Uint8Array) => void setImmediate(() => other().received(message)),
    buffered: () => 0,
    close: () => void closed.push(name),
  })
  const a: ReturnType<typeof createMultiplex> = createMultiplex(channel('a', () => b), () => ours.mailbox) // prettier-ignore
  const b: ReturnType<typeof createMultiplex> = createMultiplex(channel('b', () => a), () => theirs.mailbox) // prettier-ignore
  return { a, b, ours, theirs, closed }
}

const listener = () => {
  const seen: string[] = []
  return {
    seen,
    events: {
      onOpen: () => void seen.push('open'),
      onFrame: (frame: Uint8Array) => void seen.push(Buffer.from(frame).toString()),
      onDrain: () => undefined,
      onClose: ({ code }: { code: string }) => void seen.push(code),
    },
  }
}
const turns = async (): Promise<void> => {
  for (let i = 0; i < 6; i++) await turn()
}

describe('connections over one channel', () => {
  test('go both ways at once and do not mix', async () => {
    const { a, b } = pair()
    const [one, two, back] = [listener(), listener(), listener()]
    const sockets = [a.dial(one.events), a.dial(two.events), b.dial(back.events)]
    await turns()
    sockets.forEach((socket, i) => socket.send(Buffer.from(`frame ${String(i)}`)))
    await turns()
    expect([one.seen, two.seen, back.seen]).toEqual([['open', 'frame 0'], ['open', 'frame 1'], ['open', 'frame 2']]) // prettier-ignore
  })

  test('end for both when one leaves, and all of them with the channel', async () => {
    const { a, b, ours, theirs } = pair()
    const [one, two] = [listener(), listener()]
    const socket = a.dial(one.events)
    b.dial(two.events)
    await turns()
    socket.close()
    await turns()
    expect([one.seen, theirs.log]).toEqual([['open'], ['open', 'closed']])
    for (const end of [a, b]) end.lost()
    expect([two.seen, ours.log]).toEqual([
      ['open', 'relay.unreachable'],
      ['open', 'closed'],
    ])
  })

  test('are refused beyond eight, and where nobody is met', async () => {
    const { a, theirs } = pair()
    const all = Array.from({ length: 9 }, () => listener())
    for (const { events } of all) a.dial(events)
    await turns()
    expect(all.map(({ seen }) => seen.at(-1))).toEqual([...Array<string>(8).fill('open'), 'relay.unreachable'])
    expect(theirs.log.length).toBe(8)
  })

  test('whatever comes, nothing throws; what is no message of ours ends the channel', () => {
    const { a, closed } = pair()
    for (const message of [new Uint8Array(), Uint8Array.of(1, 0, 0, 0), Uint8Array.of(9, 0, 0, 0, 1), Uint8Array.of(0, 0, 0, 0, 1)]) {
      a.received(message)
      expect(closed.pop()).toBe('a')
    }
    for (let i = 0; i < 2_000; i++) a.received(Uint8Array.of(1 + (i % 5), 0, 0, 0, i % 12, ...randomBytes(i % 40)))
    expect(closed).toEqual([])
  })
})
