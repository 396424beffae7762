/** Two real endpoints, their sessions and streams, with a bad network between their sockets. */
import { afterEach, expect, it } from 'vitest'
import { wireLimits } from '#shared/wire/limits.ts'
import { eventually } from '#test/support/eventually.ts'
import { startLanPeer, type LanPeer, type Talk } from '#test/support/lanPeers.ts'
import { startLossyProxy, type LossyProxy, type Trouble } from '#test/support/lossyProxy.ts'
import { node } from '#test/support/providers.ts'
import { createDice, seededRandom } from '#test/support/seeded.ts'

const open: (LanPeer | LossyProxy)[] = []

afterEach(() => {
  for (const one of open.splice(0)) one.close()
})

async function meet(seed: string, trouble: Partial<Trouble>) {
  const [server, client] = [await startLanPeer(node, true), await startLanPeer(node, false)]
  const proxy = await startLossyProxy(server.place, seed, trouble)
  open.push(server, client, proxy)
  await client.endpoint.connect(proxy.place)
  client.talks[0]?.session.send(Uint8Array.of(0)) // no segment: the other side hears of the session, and drops it
  const talks = await eventually(
    'both have a session',
    () => [client.talks[0], server.talks[0]],
    (both) => both.every(Boolean),
    30_000,
  )
  return { proxy, talks: talks as [Talk, Talk] }
}

function messagesOf(seed: string, count: number): Uint8Array[] {
  const [dice, random] = [createDice(seed), seededRandom(seed)]
  return Array.from({ length: count }, (_, i) => random(i % 25 === 0 ? wireLimits.frameMax - dice.below(30_000) : dice.below(400)))
}

const weathers: [string, Partial<Trouble>][] = [
  ['no trouble', {}],
  [
    '20 % loss, overtaking, doubles, flipped bits and MTU 600',
    { loss: 0.2, late: 0.2, lateMs: 5, duplication: 0.1, corruption: 0.03, mtu: 572 },
  ],
]

it.each(weathers)('%s: all messages arrive once and in order, both ways at once', async (name, trouble) => {
  const { proxy, talks } = await meet(name, trouble)
  const sent = [messagesOf(`${name} 0`, 100), messagesOf(`${name} 1`, 100)] as const
  for (const [i, { stream }] of talks.entries()) for (const message of sent[i] as Uint8Array[]) stream.send(message)
  const left = () => talks.map(({ stream, errors }) => [stream.buffered(), ...errors.map(({ code }) => code)])
  await eventually('all is acknowledged', left, (both) => both.every(([bytes]) => bytes === 0), 55_000)
  for (const [i, { received }] of talks.entries()) {
    const expected = sent[1 - i] as Uint8Array[]
    expect(received).toHaveLength(expected.length)
    expect(received.every((message, n) => Buffer.compare(message, expected[n] as Uint8Array) === 0)).toBe(true)
  }
  for (const [what, share] of Object.entries({
    lost: trouble.loss,
    doubled: trouble.duplication,
    altered: trouble.corruption,
    late: trouble.late,
  }))
    expect({ what, happened: proxy.counts[what as keyof typeof proxy.counts] > 0 }).toEqual({ what, happened: share !== undefined })
  expect(proxy.counts.tooLong > 0).toBe(trouble.mtu !== undefined)
})
