/** The link against relays that lie: it stays alive, says what happens, and works again when the relay does. */
import { afterEach, describe, expect, it } from 'vitest'
import type { RelayLink } from '#main/ports.ts'
import { defaultLinkSettings } from '#main/transport/healing.ts'
import { createTransport } from '#main/transport/transport.ts'
import { systemClock } from '#relay/ports.ts'
import { eventually } from '../../support/eventually.ts'
import { spawnHostileRelay } from '../../support/processes.ts'
import type { HostileRelayProcess } from '../../support/processes.ts'
import { newBlob, newRendezvous, publicationOf, random, recordLink } from '../../support/relayFixtures.ts'
import type { LinkRecorder } from '../../support/relayFixtures.ts'

const cleanUps: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

interface World {
  relay: HostileRelayProcess
  link: RelayLink
  seen: LinkRecorder
  warnings: string[]
}

const start = async (mode: string, settings = defaultLinkSettings): Promise<World> => {
  const relay = await spawnHostileRelay(mode)
  cleanUps.push(() => relay.dispose())
  const warnings: string[] = []
  const logger = {
    info: () => undefined,
    warn: (event: string, facts: object = {}) => void warnings.push(`${event} ${JSON.stringify(facts)}`),
  }
  const transport = createTransport({ clock: systemClock, random, logger, settings })
  const seen = recordLink()
  const link = transport.open(relay.address, seen)
  cleanUps.push(() => link.close())
  return { relay, link, seen, warnings }
}

const untilConnected = (seen: LinkRecorder) =>
  eventually(
    'connected',
    () => seen.states.at(-1)?.state,
    (state) => state === 'connected',
  )
const untilLost = (seen: LinkRecorder, error: string) =>
  eventually(
    'lost',
    () => seen.states,
    (states) => states.some((one) => one.state === 'offline' && one.error === error),
  )

/** After whatever happened, an honest relay is worked with as ever. */
const expectHealed = async ({ relay, link, seen }: World): Promise<void> => {
  await relay.setMode('honest')
  link.retry()
  await untilConnected(seen)
  const point = newRendezvous()
  const blob = newBlob()
  link.watch([point.rv], [])
  const publish = async (): Promise<string> => {
    link.retry()
    return link.publish(publicationOf(point, blob)).catch(() => 'failed')
  }
  await eventually('a publish that works', publish, (result) => result === 'stored' || result === 'same')
  await eventually('the blob', () => seen.blobs.some((one) => one.rv === point.rv && Buffer.compare(one.blob, blob) === 0), Boolean)
}

describe('what breaks the protocol ends the connection', () => {
  it.each(['garbage', 'oversize', 'truncated', 'text', 'unknown-answers', 'wrong-counts', 'wrong-size', 'unwatched', 'flood'])(
    '%s',
    async (mode) => {
      const world = await start(mode)
      world.link.watch([newRendezvous().rv], [])
      await untilLost(world.seen, 'relay.refused')
      expect(world.seen.blobs.length).toBeLessThanOrEqual(8)
      await expectHealed(world)
    },
    30_000,
  )

  it('requests under way fail, so that the caller decides', async () => {
    const world = await start('garbage')
    await expect(world.link.publish(publicationOf(newRendezvous(), newBlob()))).rejects.toMatchObject({ code: 'relay.unreachable' })
  })

  it('a relay that hangs up at once is not called again at once', async () => {
    const world = await start('closes-at-once')
    await eventually(
      'three attempts',
      () => world.seen.states.filter(({ state }) => state === 'connecting').length,
      (count) => count >= 3,
    )
    const attempts = world.seen.states.filter(({ state }) => state === 'connecting').length
    expect(attempts).toBeLessThan(6)
    await expectHealed(world)
  })

  it('a relay that never answers is given up', async () => {
    const world = await start('silent', { ...defaultLinkSettings, silenceMs: 400 })
    await expect(world.link.status([newRendezvous().rv])).rejects.toMatchObject({ code: 'relay.unreachable' })
    await untilLost(world.seen, 'relay.unreachable')
    await expectHealed(world)
  })
})

describe('what is merely false is handed on as the relay’s word', () => {
  it('noise at a watched number comes as a blob, which nobody can open', async () => {
    const world = await start('noise')
    const point = newRendezvous()
    world.link.watch([point.rv], [])
    await eventually(
      'a blob',
      () => world.seen.blobs.length,
      (count) => count > 0,
    )
    expect(world.seen.blobs[0]).toMatchObject({ rv: point.rv })
    await expectHealed(world)
  })

  it('conflict without cause is an answer', async () => {
    const world = await start('conflict')
    expect(await world.link.publish(publicationOf(newRendezvous(), newBlob()))).toBe('conflict')
  })

  it('stored and forgotten shows when asked', async () => {
    const world = await start('forget')
    const point = newRendezvous()
    expect(await world.link.publish(publicationOf(point, newBlob()))).toBe('stored')
    expect(await world.link.status([point.rv])).toEqual(['empty'])
  })

  it('blobs swapped between numbers come only for numbers that are watched', async () => {
    const world = await start('swap')
    const [one, two] = [newRendezvous(), newRendezvous()]
    world.link.watch([one.rv, two.rv], [])
    await eventually(
      'both',
      () => world.seen.statuses.length,
      (count) => count === 2,
    )
    const blob = newBlob()
    await world.link.publish(publicationOf(one, blob))
    await eventually(
      'a blob',
      () => world.seen.blobs.length,
      (count) => count > 0,
    )
    expect(world.seen.blobs[0]?.rv).toBe(two.rv)
  })

  it('duplicates and disorder lose nothing', async () => {
    for (const mode of ['duplicate', 'reorder']) {
      const world = await start(mode)
      const points = Array.from({ length: 20 }, newRendezvous)
      world.link.watch(
        points.map(({ rv }) => rv),
        [],
      )
      await Promise.all(points.map((point) => world.link.publish(publicationOf(point, newBlob()))))
      await eventually(
        'all',
        () => new Set(world.seen.blobs.map(({ rv }) => rv)).size,
        (count) => count === points.length,
      )
    }
  })

  it('answers that take their time arrive at who asked', async () => {
    const world = await start('delay')
    const points = Array.from({ length: 30 }, newRendezvous)
    const results = await Promise.all(points.map((point) => world.link.publish(publicationOf(point, newBlob()))))
    expect(new Set(results)).toEqual(new Set(['stored']))
    expect(await world.link.status(points.map(({ rv }) => rv))).toEqual(points.map(() => 'stored'))
  })

  it('refusals have a name and the connection goes on', async () => {
    const world = await start('errors')
    world.link.watch([newRendezvous().rv], [])
    await expect(world.link.publish(publicationOf(newRendezvous(), newBlob()))).rejects.toMatchObject({ code: 'relay.busy' })
    await expect(world.link.status([newRendezvous().rv])).rejects.toMatchObject({ code: 'relay.busy' })
    expect(world.seen.states.at(-1)).toEqual({ state: 'connected', error: null })
    await expectHealed(world)
  })

  it('a relay that hangs up at random is worked with in the end', async () => {
    const world = await start('closes')
    const point = newRendezvous()
    const blob = newBlob()
    const publish = async (): Promise<string> => {
      world.link.retry()
      return world.link.publish(publicationOf(point, blob)).catch(() => 'failed')
    }
    await eventually('a publish', publish, (result) => result === 'stored' || result === 'same', 20_000)
    await expectHealed(world)
  }, 30_000)
})

it('a check says what is wrong with a relay', async () => {
  const { relay } = await start('garbage')
  const transport = createTransport({ clock: systemClock, random, logger: { info: () => undefined, warn: () => undefined } })
  await expect(transport.check(relay.address)).rejects.toMatchObject({ code: 'relay.refused' })
  await relay.setMode('errors')
  await expect(transport.check(relay.address)).rejects.toMatchObject({ code: 'relay.busy' })
  await relay.setMode('closes-at-once')
  await expect(transport.check(relay.address)).rejects.toMatchObject({ code: 'relay.unreachable' })
  await relay.setMode('honest')
  expect((await transport.check(relay.address)).ms).toBeGreaterThanOrEqual(0)
})
