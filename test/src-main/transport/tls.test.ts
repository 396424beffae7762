/** With TLS a relay proves who it is before anything is said to it: by the pin in its address, or by an authority. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:tls'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTransport } from '#main/transport/transport.ts'
import type { TransportOptions } from '#main/transport/transport.ts'
import { ownTls } from '#relay/certificate.ts'
import { systemClock } from '#relay/ports.ts'
import { makeSelfSigned } from '#relay/selfSigned.ts'
import { eventually } from '../../support/eventually.ts'
import { spawnRelay } from '../../support/processes.ts'
import { newRendezvous, random, recordLink, silentLogger } from '../../support/relayFixtures.ts'

const cleanUps: (() => Promise<void> | void)[] = []
let dir: string
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'cairn-tls-'))))
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
  rmSync(dir, { recursive: true })
})

const make = (options: Partial<TransportOptions> = {}) => createTransport({ clock: systemClock, random, logger: silentLogger, ...options })

/** Listens with a certificate, and keeps whatever is said to it. */
const startListener = async () => {
  const tls = await ownTls(dir, Date.now())
  let heard = 0
  const server = createServer({ cert: tls.cert, key: tls.key }, (socket) => {
    socket.on('data', (chunk: Buffer) => (heard += chunk.length))
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUps.push(() => void server.close())
  return { port: (server.address() as AddressInfo).port, pin: tls.pin, heard: () => heard }
}

/** PEM files of a certificate that the test can trust. */
const writeFiles = (): string[] => {
  const { cert, key } = makeSelfSigned(Date.now())
  writeFileSync(join(dir, 'cert.pem'), cert)
  writeFileSync(join(dir, 'key.pem'), key, { mode: 0o600 })
  return ['--tls-cert', join(dir, 'cert.pem'), '--tls-key', join(dir, 'key.pem')]
}

describe('a pin', () => {
  it('lets in the relay that has the key, over restarts, and no other', async () => {
    const relay = await spawnRelay(['--tls-self-signed'])
    cleanUps.push(() => relay.dispose())
    const { address } = relay
    expect(address).toMatch(/^wss:\/\/127\.0\.0\.1:\d+#[A-Za-z0-9_-]{43}$/)
    await make().check(address)
    await relay.stop()
    await relay.restart()
    expect(relay.address).toBe(address)
    const seen = recordLink()
    const link = make().open(address, seen)
    cleanUps.push(() => link.close())
    await eventually(
      'connected',
      () => seen.states.at(-1)?.state,
      (state) => state === 'connected',
    )
    await relay.stop()
    rmSync(join(relay.dataDir, 'tls.pem'))
    await relay.restart()
    expect(relay.address).not.toBe(address)
    link.retry()
    await eventually('named', () => seen.states.some(({ error }) => error === 'relay.certificate-changed'), Boolean)
    await expect(make().check(address)).rejects.toMatchObject({ code: 'relay.certificate-changed' })
    await make().check(relay.address)
  })

  it.each(['websocket', 'polling'] as const)('of another key: nothing is said (%s)', async (only) => {
    const listener = await startListener()
    const other = `${listener.pin.startsWith('A') ? 'B' : 'A'}${listener.pin.slice(1)}`
    const address = `wss://127.0.0.1:${listener.port}#${other}`
    const seen = recordLink()
    const link = make({ only }).open(address, seen)
    cleanUps.push(() => link.close())
    link.watch([newRendezvous().rv], [])
    await eventually(
      'refused',
      () => seen.states.filter(({ error }) => error === 'relay.certificate-changed').length,
      (times) => times >= 2,
    )
    expect(listener.heard()).toBe(0)
  })
})

describe('without a pin', () => {
  it('a certificate that nobody vouches for is named, and nothing is said', async () => {
    const listener = await startListener()
    await expect(make().check(`wss://127.0.0.1:${listener.port}`)).rejects.toMatchObject({ code: 'relay.certificate-untrusted' })
    expect(listener.heard()).toBe(0)
  })

  it('one of another name is not believed, though its authority is', async () => {
    const relay = await spawnRelay(writeFiles())
    cleanUps.push(() => relay.dispose())
    expect(relay.address).toMatch(/^wss:\/\/127\.0\.0\.1:\d+$/)
    const { cert } = makeSelfSigned(Date.now())
    await expect(make({ authorities: [cert] }).check(relay.address)).rejects.toMatchObject({ code: 'relay.certificate-untrusted' })
  })

  it('a plain server behind wss is not reached, and says nothing to a stranger', async () => {
    const relay = await spawnRelay()
    cleanUps.push(() => relay.dispose())
    await expect(make().check(relay.address.replace('ws:', 'wss:'))).rejects.toMatchObject({ code: 'relay.unreachable' })
  })
})
