/** What every `Transport` must do (src-main/ports.ts). */
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RelayLink, Transport } from '#main/ports.ts'
import { eventually } from '../support/eventually.ts'
import { newBlob, newRendezvous, publicationOf, recordLink } from '../support/relayFixtures.ts'
import type { LinkRecorder, Rendezvous } from '../support/relayFixtures.ts'

export interface TransportWorld {
  transport: Transport
  /** Of a relay that runs. */
  address: string
  /** Of a relay that does not exist. */
  nowhere: string
  /** The relay is gone, all of a sudden; and back, with what it had stored. */
  interrupt(): Promise<void>
  restore(): Promise<void>
  dispose(): Promise<void>
}

const isTrue = (value: boolean): boolean => value

export const transportConformance = (name: string, setUp: () => Promise<TransportWorld>): void => {
  describe(name, () => {
    let world: TransportWorld
    let links: RelayLink[]

    const open = (recorder: LinkRecorder = recordLink()): { link: RelayLink; seen: LinkRecorder } => {
      const link = world.transport.open(world.address, recorder)
      links.push(link)
      return { link, seen: recorder }
    }
    const stateOf = (seen: LinkRecorder): string | undefined => seen.states.at(-1)?.state
    const untilState = (seen: LinkRecorder, state: string) =>
      eventually(
        `state ${state}`,
        () => stateOf(seen),
        (now) => now === state,
      )
    const untilBlobs = (seen: LinkRecorder, rv: string, count = 1) =>
      eventually(
        'blobs',
        () => seen.blobs.filter((one) => one.rv === rv).map(({ blob }) => blob),
        (blobs) => blobs.length >= count,
      )
    const untilStatus = (seen: LinkRecorder, rv: string, status: string) =>
      eventually('a status', () => seen.statuses.some((one) => one.rv === rv && one.status === status), isTrue)

    beforeEach(async () => {
      links = []
      world = await setUp()
    })
    afterEach(async () => {
      for (const link of links) link.close()
      await world.dispose()
    })

    it('tells its state, and nothing before the next turn', async () => {
      const { link, seen } = open()
      expect(seen.states).toEqual([])
      expect(link.address).toBe(world.address)
      await untilState(seen, 'connected')
      expect(seen.states).toEqual([
        { state: 'connecting', error: null },
        { state: 'connected', error: null },
      ])
    })

    it('refuses an address that is none', () => {
      expect(() => world.transport.open('http://example.org', recordLink())).toThrow(
        expect.objectContaining({ code: 'relay.address-invalid' }),
      )
    })

    it('publishes write-once', async () => {
      const { link } = open()
      const point = newRendezvous()
      const blob = newBlob()
      expect(await link.publish(publicationOf(point, blob))).toBe('stored')
      expect(await link.publish(publicationOf(point, blob))).toBe('same')
      expect(await link.publish(publicationOf(point, newBlob()))).toBe('conflict')
    })

    it.each([4096, 16384, 65536] as const)('delivers a blob of %i bytes to who watched before, and to who watches later', async (size) => {
      const point = newRendezvous()
      const blob = newBlob(size)
      const early = open()
      early.link.watch([point.rv], [])
      await untilStatus(early.seen, point.rv, 'empty')
      const writer = open()
      await writer.link.publish(publicationOf(point, blob))
      const late = open()
      late.link.watch([point.rv], [])
      for (const { seen } of [early, late]) {
        const [delivered] = await untilBlobs(seen, point.rv)
        expect(Buffer.compare(delivered ?? Buffer.alloc(0), blob)).toBe(0)
      }
      expect(late.seen.statuses).toEqual([])
    })

    it('delivers a hundred blobs that wait, to the one who watches, unharmed by one another', async () => {
      const { link } = open()
      const all = Array.from({ length: 100 }, () => ({ point: newRendezvous(), blob: newBlob() }))
      await Promise.all(all.map(({ point, blob }) => link.publish(publicationOf(point, blob))))
      const reader = open()
      reader.link.watch(
        all.map(({ point }) => point.rv),
        [],
      )
      await eventually('all', () => reader.seen.blobs.length === all.length, isTrue)
      const byRv = new Map(reader.seen.blobs.map(({ rv, blob }) => [rv, blob]))
      expect(all.every(({ point, blob }) => Buffer.compare(byRv.get(point.rv) ?? Buffer.alloc(0), blob) === 0)).toBe(true)
    })

    it('drops a blob for its delete key, and for nothing else', async () => {
      const { link } = open()
      const point = newRendezvous()
      const blob = newBlob()
      await link.publish(publicationOf(point, blob))
      await expect(link.acknowledge([{ rv: point.rv, deleteKey: newRendezvous().deleteKey }])).rejects.toMatchObject({
        code: 'relay.refused',
      })
      expect(await link.status([point.rv])).toEqual(['stored'])
      await link.acknowledge([{ rv: point.rv, deleteKey: point.deleteKey }])
      expect(await link.status([point.rv])).toEqual(['consumed'])
      await link.acknowledge([{ rv: point.rv, deleteKey: point.deleteKey }]) // what is gone is gone
      await link.acknowledge([])
      expect(await link.publish(publicationOf(point, blob))).toBe('same')
    })

    it('settles each of many acknowledgements by itself', async () => {
      const { link } = open()
      const points = Array.from({ length: 20 }, newRendezvous)
      await Promise.all(points.map((point) => link.publish(publicationOf(point, newBlob()))))
      const settled = await Promise.allSettled(
        points.map((point, i) => link.acknowledge([{ rv: point.rv, deleteKey: i === 7 ? randomBytes(32) : point.deleteKey }])),
      )
      expect(settled.map(({ status }) => status)).toEqual(points.map((_, i) => (i === 7 ? 'rejected' : 'fulfilled')))
    })

    it('asks for the status of more numbers than one frame holds, in order', async () => {
      const { link } = open()
      const point = newRendezvous()
      await link.publish(publicationOf(point, newBlob()))
      const rvs = Array.from({ length: 2500 }, () => randomBytes(32).toString('hex'))
      rvs[1700] = point.rv
      const statuses = await link.status(rvs)
      expect(statuses.map((status, i) => (status === 'stored' ? i : -1)).filter((i) => i >= 0)).toEqual([1700])
      expect(statuses).toHaveLength(2500)
      expect(await link.status([])).toEqual([])
    })

    it('tells consumed from empty for what it watches', async () => {
      const { link, seen } = open()
      const [eaten, empty] = [newRendezvous(), newRendezvous()]
      await link.publish(publicationOf(eaten, newBlob()))
      await link.acknowledge([{ rv: eaten.rv, deleteKey: eaten.deleteKey }])
      link.watch([eaten.rv, empty.rv], [])
      await untilStatus(seen, eaten.rv, 'consumed')
      await untilStatus(seen, empty.rv, 'empty')
    })

    it('says when another connection has consumed what it watches', async () => {
      const [watching, other] = [open(), open()]
      const point = newRendezvous()
      watching.link.watch([point.rv], [])
      await untilStatus(watching.seen, point.rv, 'empty')
      await other.link.publish(publicationOf(point, newBlob()))
      await untilBlobs(watching.seen, point.rv)
      await other.link.acknowledge([{ rv: point.rv, deleteKey: point.deleteKey }])
      await untilStatus(watching.seen, point.rv, 'consumed')
    })

    it('watches changes of a turn together, and leaves what was removed', async () => {
      const { link, seen } = open()
      const [kept, left, never] = [newRendezvous(), newRendezvous(), newRendezvous()]
      link.watch([kept.rv, left.rv, never.rv], [])
      link.watch([], [never.rv])
      await untilStatus(seen, left.rv, 'empty')
      link.watch([], [left.rv])
      link.watch([left.rv], [])
      link.watch([], [left.rv])
      await link.publish(publicationOf(never, newBlob()))
      await link.publish(publicationOf(left, newBlob()))
      await link.publish(publicationOf(kept, newBlob()))
      await untilBlobs(seen, kept.rv)
      expect(seen.blobs.map(({ rv }) => rv)).toEqual([kept.rv])
      expect(seen.statuses.some(({ rv }) => rv === never.rv)).toBe(false)
    })

    it('brings a blob again when asked', async () => {
      const { link, seen } = open()
      const point = newRendezvous()
      link.watch([point.rv], [])
      await link.publish(publicationOf(point, newBlob()))
      const [first] = await untilBlobs(seen, point.rv)
      link.refetch(point.rv)
      const [, second] = await untilBlobs(seen, point.rv, 2)
      expect(second).toEqual(first)
    })

    it('heals: what was under way fails, what is watched is watched again, what was stored is there', async () => {
      const { link, seen } = open()
      const [stored, later] = [newRendezvous(), newRendezvous()]
      await link.publish(publicationOf(stored, newBlob()))
      const many = Array.from({ length: 2100 }, () => randomBytes(32).toString('hex'))
      link.watch([...many, stored.rv, later.rv], [])
      await untilBlobs(seen, stored.rv)
      await untilStatus(seen, later.rv, 'empty')
      await world.interrupt()
      await untilState(seen, 'offline')
      expect(seen.states.at(-1)?.error).toBe('relay.unreachable')
      await expect(link.publish(publicationOf(later, newBlob()))).rejects.toMatchObject({ code: 'relay.unreachable' })
      await expect(link.status([later.rv])).rejects.toMatchObject({ code: 'relay.unreachable' })
      await expect(link.acknowledge([{ rv: stored.rv, deleteKey: stored.deleteKey }])).rejects.toMatchObject({ code: 'relay.unreachable' })
      seen.blobs.length = 0
      seen.statuses.length = 0
      link.watch([], [many[0] ?? ''])
      await world.restore()
      link.retry()
      await untilState(seen, 'connected')
      await untilBlobs(seen, stored.rv)
      await eventually('all statuses again', () => seen.statuses.length >= many.length, isTrue)
      expect(seen.statuses.some(({ rv }) => rv === many[0])).toBe(false)
      const other = open()
      await other.link.publish(publicationOf(later, newBlob()))
      await untilBlobs(seen, later.rv)
    })

    it('connects by itself to a relay that comes late', async () => {
      await world.interrupt()
      const { link, seen } = open()
      const waiting = link.status([newRendezvous().rv])
      await expect(waiting).rejects.toMatchObject({ code: 'relay.unreachable' })
      await untilState(seen, 'offline')
      await world.restore()
      await untilState(seen, 'connected')
    })

    it('says nothing once closed and fails what is asked', async () => {
      const { link, seen } = open()
      const point = newRendezvous()
      link.watch([point.rv], [])
      await untilStatus(seen, point.rv, 'empty')
      const underWay = link.status([point.rv])
      link.close()
      await expect(underWay).rejects.toMatchObject({ code: 'relay.unreachable' })
      const { blobs, statuses, states } = structuredClone({ blobs: seen.blobs, statuses: seen.statuses, states: seen.states })
      const other = open()
      await other.link.publish(publicationOf(point, newBlob()))
      await expect(link.status([point.rv])).rejects.toMatchObject({ code: 'relay.unreachable' })
      link.close()
      link.retry()
      expect(await other.link.status([point.rv])).toEqual(['stored'])
      expect({ blobs: seen.blobs, statuses: seen.statuses, states: seen.states }).toEqual({ blobs, statuses, states })
    })

    it('refuses what no relay would take, before it leaves', async () => {
      const { link } = open()
      const point: Rendezvous = newRendezvous()
      expect(() => link.watch(['not an RV'], [])).toThrow(expect.objectContaining({ code: 'input.invalid' }))
      expect(() => link.refetch('A'.repeat(64))).toThrow(expect.objectContaining({ code: 'input.invalid' }))
      await expect(link.status([''])).rejects.toMatchObject({ code: 'input.invalid' })
      await expect(link.acknowledge([{ rv: point.rv, deleteKey: randomBytes(31) }])).rejects.toMatchObject({ code: 'input.invalid' })
      await expect(link.publish(publicationOf(point, randomBytes(4095)))).rejects.toMatchObject({ code: 'codec.malformed' })
      expect(await link.status([point.rv])).toEqual(['empty'])
    })

    it('checks an address with one round trip', async () => {
      const { ms } = await world.transport.check(world.address)
      expect(ms).toBeGreaterThanOrEqual(0)
      await expect(world.transport.check('cairn.example.org')).rejects.toMatchObject({ code: 'relay.address-invalid' })
      await expect(world.transport.check(world.nowhere)).rejects.toMatchObject({ code: 'relay.unreachable' })
    })
  })
}
