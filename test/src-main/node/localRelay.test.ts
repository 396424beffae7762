import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, isIP } from 'node:net'
import type { NetworkInterfaceInfo } from 'node:os'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { subprotocol } from '#shared/wire/frames.ts'
import { systemClock } from '#main/node/clock.ts'
import { createLocalRelay } from '#main/node/localRelay.ts'
import type { NodeLocalRelay } from '#main/node/localRelay.ts'
import { networkAddresses } from '#main/node/networkAddresses.ts'
import { createTransport } from '#main/transport/transport.ts'
import { eventually } from '../../support/eventually.ts'
import { newBlob, newRendezvous, publicationOf, random, recordLink, silentLogger } from '../../support/relayFixtures.ts'

let dir: string
beforeEach(() => void (dir = join(mkdtempSync(join(tmpdir(), 'cairn-relay-')), 'relay')))
afterEach(() => rmSync(join(dir, '..'), { recursive: true }))

const make = () => createLocalRelay({ dir, clock: systemClock, logger: { info: () => undefined, warn: () => undefined } })

const answers = async (address: string): Promise<boolean> => {
  const socket = new WebSocket(address, subprotocol)
  const opened = await new Promise<boolean>((resolve) => {
    socket.once('open', () => resolve(true))
    socket.once('error', () => resolve(false))
  })
  socket.terminate()
  return opened
}

describe('the relay on this computer', () => {
  it('starts once, on loopback, and stops', async () => {
    const relay = make()
    const [first, second] = await Promise.all([relay.start(), relay.start()])
    expect(first).toEqual(second)
    expect(first.address).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/)
    expect(await answers(first.address)).toBe(true)
    await relay.stop()
    await relay.stop()
    expect(await answers(first.address)).toBe(false)
  })

  it('comes back at the same address', async () => {
    const { address } = await startAndStop()
    expect(await startAndStop()).toMatchObject({ address })
    expect(readFileSync(join(dir, 'port'), 'utf8')).toBe(`${new URL(address).port}\n`)
  })

  it('goes elsewhere when its port is taken, and remembers that', async () => {
    const { address } = await startAndStop()
    const squatter = createServer().listen(Number(new URL(address).port), '127.0.0.1')
    await once(squatter, 'listening')
    const moved = await startAndStop()
    expect(moved.address).not.toBe(address)
    squatter.close()
    expect(await startAndStop()).toEqual(moved)
  })

  it.each(['', 'x\n', '0\n', '99999\n', '80 80\n'])('is not put off by a damaged note of its port: %j', async (text) => {
    mkdirSync(dir)
    writeFileSync(join(dir, 'port'), text)
    expect((await startAndStop()).address).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/)
  })

  it('says by name that it cannot start, and can be started again', async () => {
    writeFileSync(dir, 'a file where the folder should be')
    const relay = make()
    await expect(relay.start()).rejects.toThrow()
    rmSync(dir)
    expect(await answers((await relay.start()).address)).toBe(true)
    await relay.stop()
  })

  describe('for the network', () => {
    const network = (addresses: () => string[]) => createLocalRelay({ dir, clock: systemClock, logger: silentLogger, addresses })
    const transportFor = (relay?: NodeLocalRelay) =>
      createTransport({ clock: systemClock, random, logger: silentLogger, ...(relay ? { here: (address) => relay.here(address) } : {}) })

    it('has an address for each of the computer’s, with the pin of its own certificate, and strangers reach it', async () => {
      const relay = network(() => ['127.0.0.2', '::1', '192.0.2.1', '192.0.2.2', '192.0.2.3'])
      const { address, addresses } = await relay.start({ reach: 'network' })
      expect(address).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/)
      expect(addresses).toHaveLength(4)
      expect(addresses[0]).toMatch(/^wss:\/\/127\.0\.0\.2:\d+#[A-Za-z0-9_-]{43}$/)
      expect(addresses[1]).toMatch(/^wss:\/\/\[::1\]:\d+#/)
      const stranger = transportFor()
      for (const one of [address, addresses[0] ?? '', addresses[1] ?? '']) await stranger.check(one)
      await relay.stop()
      await expect(stranger.check(addresses[0] ?? '')).rejects.toMatchObject({ code: 'relay.unreachable' })
    })

    it('we reach it on loopback by every address it ever had, also through a proxy that is not there', async () => {
      let mine = ['192.0.2.1']
      const relay = network(() => mine)
      const before = await relay.start({ reach: 'network' })
      mine = ['192.0.2.77']
      const after = await relay.start()
      expect(after.addresses).not.toEqual(before.addresses)
      const own = transportFor(relay)
      own.useProxy({ host: '127.0.0.1', port: 9, credentials: null })
      for (const one of [before.address, ...before.addresses, ...after.addresses]) await own.check(one)
      await expect(own.check('wss://192.0.2.1:7444')).rejects.toMatchObject({ code: 'proxy.unreachable' })
      await expect(own.check('ws://127.0.0.1:1')).rejects.toMatchObject({ code: 'proxy.unreachable' })
      await relay.stop()
    })

    it('what lies at one address lies at the others: they are one relay', async () => {
      const relay = network(() => ['127.0.0.2', '127.0.0.3'])
      const { addresses } = await relay.start({ reach: 'network' })
      const [writer, reader] = [transportFor(), transportFor(relay)]
      const point = newRendezvous()
      const seen = recordLink()
      const links = [reader.open(addresses[1] ?? '', seen), writer.open(addresses[0] ?? '', recordLink())]
      links[0]?.watch([point.rv], [])
      expect(await links[1]?.publish(publicationOf(point, newBlob()))).toBe('stored')
      await eventually(
        'the blob',
        () => seen.blobs.length,
        (count) => count === 1,
      )
      for (const link of links) link.close()
      await relay.stop()
    })

    it('keeps ports and key over restarts, and closes to the network when told so', async () => {
      const relay = network(() => ['127.0.0.2'])
      const first = await relay.start({ reach: 'network' })
      await relay.stop()
      expect(await relay.start()).toEqual(first) // as it was told last
      await relay.stop()
      const again = network(() => ['127.0.0.2'])
      expect(await again.start({ reach: 'network' })).toEqual(first)
      expect(statSync(join(dir, 'tls.pem')).mode & 0o777).toBe(0o600)
      const closed = await again.start({ reach: 'computer' })
      expect(closed).toEqual({ address: first.address, addresses: [first.address] })
      await expect(transportFor().check(first.addresses[0] ?? '')).rejects.toMatchObject({ code: 'relay.unreachable' })
      await transportFor().check(first.address)
      await again.stop()
    })

    it('has none while the computer is on no network', async () => {
      const relay = network(() => [])
      expect((await relay.start({ reach: 'network' })).addresses).toEqual([])
      await relay.stop()
    })

    it('says by name that its certificate is damaged, and lets nobody in', async () => {
      mkdirSync(dir)
      writeFileSync(join(dir, 'tls.pem'), 'nonsense')
      const relay = network(() => ['127.0.0.2'])
      await expect(relay.start({ reach: 'network' })).rejects.toMatchObject({ code: 'relay.refused', details: { what: 'certificate' } })
      const { address } = await relay.start({ reach: 'computer' })
      await transportFor().check(address)
      await relay.stop()
    })
  })

  async function startAndStop(): Promise<{ address: string }> {
    const relay = make()
    const started = await relay.start()
    await relay.stop()
    return started
  }
})

it('finds the addresses that others may reach, IPv4 first, each once', () => {
  const at = (address: string, family: 'IPv4' | 'IPv6', internal = false) =>
    ({ address, family, internal, netmask: '', mac: '', cidr: null, scopeid: 0 }) as NetworkInterfaceInfo
  const found = networkAddresses(() => ({
    lo: [at('127.0.0.1', 'IPv4', true), at('::1', 'IPv6', true)],
    wifi: [at('fe80::1', 'IPv6'), at('fd00::5', 'IPv6'), at('192.168.1.5', 'IPv4')],
    cable: [at('10.0.0.7', 'IPv4'), at('169.254.1.1', 'IPv4'), at('fd00::5', 'IPv6')],
    gone: undefined,
  }))
  expect(found).toEqual(['192.168.1.5', '10.0.0.7', 'fd00::5'])
  expect(networkAddresses().every((address) => isIP(address) > 0)).toBe(true)
})
