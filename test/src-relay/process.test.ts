import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { spawnProcess } from '../support/process.ts'
import { spawnRelay } from '../support/processes.ts'
import { connectRaw } from '../support/rawRelayClient.ts'
import type { RawRelayClient } from '../support/rawRelayClient.ts'
import { newBlob, newRendezvous } from '../support/relayFixtures.ts'
import type { Rendezvous } from '../support/relayFixtures.ts'

const cleanUps: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

interface Written {
  point: Rendezvous
  blob: Buffer
}

/** Keeps 64 publishes under way until the connection is lost; what was acknowledged as stored is in `stored`. */
const publishUntilLost = async (client: RawRelayClient, stored: Written[]): Promise<void> => {
  let isLost = false
  void client.closed.then(() => (isLost = true))
  const lane = async (): Promise<void> => {
    while (!isLost) {
      const written = { point: newRendezvous(), blob: newBlob() }
      const answer = await Promise.race([client.publish(written.point, written.blob), client.closed])
      if (answer === 'stored') stored.push(written)
    }
  }
  await Promise.all(Array.from({ length: 64 }, lane))
}

describe('a relay process', () => {
  it('has lost nothing that it acknowledged when it is killed, three times over', async () => {
    const relay = await spawnRelay()
    cleanUps.push(() => relay.dispose())
    const stored: Written[] = []
    for (let round = 1; round <= 3; round++) {
      const client = await connectRaw(relay.address)
      const publishing = publishUntilLost(client, stored)
      await eventually(
        'some hundred more',
        () => stored.length,
        (count) => count >= round * 300,
        30_000,
      )
      await relay.kill()
      await publishing
      await relay.restart()
    }
    const reader = await connectRaw(relay.address)
    cleanUps.push(() => reader.close())
    for (let i = 0; i < stored.length; i += 1000) {
      await reader.subscribe(...stored.slice(i, i + 1000).map(({ point }) => point.rvBytes))
    }
    const got = new Map<string, Uint8Array>()
    await eventually(
      'every blob',
      () => {
        for (const frame of reader.frames.splice(0)) if (frame.type === 'blob') got.set(Buffer.from(frame.rv).toString('hex'), frame.blob)
        return got.size
      },
      (count) => count === stored.length,
      30_000,
    )
    expect(stored.filter(({ point, blob }) => Buffer.compare(got.get(point.rv) ?? Buffer.alloc(0), blob) !== 0)).toEqual([])
  }, 120_000)

  it('remembers acknowledgements that it answered when it is killed', async () => {
    const relay = await spawnRelay()
    cleanUps.push(() => relay.dispose())
    const client = await connectRaw(relay.address)
    const points = Array.from({ length: 200 }, newRendezvous)
    const blob = newBlob()
    await Promise.all(points.map((point) => client.publish(point, blob)))
    const eaten = points.slice(0, 100)
    await client.ack(...eaten.map(({ rvBytes, deleteKey }): [Uint8Array, Uint8Array] => [rvBytes, deleteKey]))
    await relay.kill()
    await relay.restart()
    const again = await connectRaw(relay.address)
    cleanUps.push(() => again.close())
    expect(await again.status(...points.map(({ rvBytes }) => rvBytes))).toMatchObject({
      statuses: points.map((_, i) => (i < 100 ? 'consumed' : 'stored')),
    })
    expect(await again.publish(eaten[0] ?? newRendezvous(), newBlob())).toBe('conflict')
  })

  it('stops on SIGTERM with goodbye and exit code 0, and leaves nothing half done', async () => {
    const relay = await spawnRelay()
    cleanUps.push(() => relay.dispose())
    const client = await connectRaw(relay.address)
    const point = newRendezvous()
    await client.publish(point, newBlob())
    await relay.stop()
    expect(await client.closed).toBe(1001)
    await relay.restart()
    const again = await connectRaw(relay.address)
    cleanUps.push(() => again.close())
    expect(await again.status(point.rvBytes)).toMatchObject({ statuses: ['stored'] })
  })

  it('says nothing on standard error of who came', async () => {
    const relay = await spawnRelay(['--log-level', 'info'])
    cleanUps.push(() => relay.dispose())
    const client = await connectRaw(relay.address)
    client.send(Buffer.from('not a frame'))
    await client.closed
    await relay.stop()
    expect(relay.stderr()).not.toMatch(/127\.0\.0\.1|::1/)
  })

  it.each([
    ['a listen address that is none', ['--listen', 'nowhere'], /--listen wants HOST:PORT/],
    ['an unknown option', ['--frobnicate'], /frobnicate/],
    ['a limit that is none', ['--max-bytes', '-5'], /max-bytes/],
  ])('refuses %s with words', async (_name, args, message) => {
    const dir = mkdtempSync(join(tmpdir(), 'cairn-relay-'))
    cleanUps.push(() => rmSync(dir, { recursive: true }))
    const child = spawnProcess('src-relay/main.ts', ['--data', dir, ...args])
    expect(await child.exited).toBe(2)
    expect(child.stderr()).toMatch(message)
  })

  it('refuses a port or a folder that another relay has', async () => {
    const relay = await spawnRelay()
    cleanUps.push(() => relay.dispose())
    const dir = mkdtempSync(join(tmpdir(), 'cairn-relay-'))
    cleanUps.push(() => rmSync(dir, { recursive: true }))
    const samePort = spawnProcess('src-relay/main.ts', ['--listen', `127.0.0.1:${relay.port}`, '--data', dir])
    const sameFolder = spawnProcess('src-relay/main.ts', ['--listen', '127.0.0.1:0', '--data', relay.dataDir])
    expect(await samePort.exited).toBe(2)
    expect(samePort.stderr()).toMatch(/relay\.port-in-use/)
    expect(await sameFolder.exited).toBe(2)
    expect(sameFolder.stderr()).toMatch(/keystore\.in-use/)
  })
})
