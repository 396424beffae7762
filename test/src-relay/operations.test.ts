/** What an operator sees of a relay: health, metrics, logs, the doctor; each from a process of its own. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultLimits, defaultStorageLimits } from '#relay/limits.ts'
import { systemClock } from '#relay/ports.ts'
import { createRelay } from '#relay/relay.ts'
import { createMemoryStorage } from '#relay/storage/memory.ts'
import { makeSelfSigned } from '#relay/selfSigned.ts'
import { spawnProcess } from '../support/process.ts'
import { spawnRelay } from '../support/processes.ts'
import { rawRequest } from '../support/rawPollClient.ts'
import { connectRaw } from '../support/rawRelayClient.ts'
import { newBlob, newRendezvous, silentLogger } from '../support/relayFixtures.ts'

const cleanUps: (() => Promise<void> | void)[] = []
let dir: string
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'cairn-operations-'))))
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
  rmSync(dir, { recursive: true })
})

const relayWith = async (...args: string[]) => {
  const relay = await spawnRelay(args)
  cleanUps.push(() => relay.dispose())
  return relay
}
const get = (port: number, path: string, headers: Record<string, string> = {}) => rawRequest(port, path, { method: 'GET', headers })

describe('health', () => {
  it('says that the relay is well, to anybody', async () => {
    const { port } = await relayWith()
    const { status, body } = await get(port, '/health', { origin: 'https://example.org', 'x-forwarded-for': '192.0.2.1' })
    expect({ status, body: JSON.parse(body.toString()) as unknown }).toEqual({ status: 200, body: { relay: 'cairn.1', status: 'ok' } })
  })

  it('says so when storage fails', async () => {
    const storage = createMemoryStorage({ clock: systemClock, limits: defaultStorageLimits })
    let fails = false
    const apply: typeof storage.apply = (operations) => (fails ? Promise.reject(new Error('disk')) : storage.apply(operations))
    const relay = createRelay({ storage: { ...storage, apply }, limits: defaultLimits, clock: systemClock, logger: silentLogger })
    cleanUps.push(() => relay.close())
    const { port } = await relay.listen({ host: '127.0.0.1', port: 0 })
    expect((await get(port, '/health')).status).toBe(200)
    fails = true
    expect((await get(port, '/health')).status).toBe(503)
    fails = false
    expect((await get(port, '/health')).status).toBe(200)
  })

  it('is there over TLS', async () => {
    const { port } = await relayWith('--tls-self-signed')
    const status = await new Promise((resolve, reject) => {
      const request = httpsRequest({ host: '127.0.0.1', port, path: '/health', rejectUnauthorized: false }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      request.on('error', reject)
      request.end()
    })
    expect(status).toBe(200)
  })
})

describe('metrics', () => {
  it('counts, and names nobody', async () => {
    const { port, address } = await relayWith()
    const client = await connectRaw(address)
    cleanUps.push(() => client.close())
    const point = newRendezvous()
    await client.subscribe(point.rvBytes)
    await client.publish(point, newBlob())
    const { status, headers, body } = await get(port, '/metrics')
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/plain; version=0.0.4')
    const text = body.toString()
    for (const line of [
      'cairn_relay_connections{carrier="websocket"} 1',
      'cairn_relay_connections{carrier="polling"} 0',
      'cairn_relay_watched 1',
      'cairn_relay_events_total{event="stored"} 1',
      'cairn_relay_blobs 1',
    ])
      expect(text.split('\n')).toContain(line)
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) cairn_relay_\w+ .+|cairn_relay_\w+(\{\w+="[a-z-]+"\})? \d+)$/)
    expect(text).not.toMatch(/127\.0\.0\.1/)
  })

  it('are for this computer, and not for who comes through a proxy on it', async () => {
    const plain = await relayWith()
    for (const header of ['x-forwarded-for', 'x-real-ip', 'forwarded', 'via'])
      expect((await get(plain.port, '/metrics', { [header]: '127.0.0.1' })).status).toBe(404)
    const behind = await relayWith('--trust-proxy')
    expect((await get(behind.port, '/metrics')).status).toBe(404)
  })

  it('are for who shows the token, where there is one', async () => {
    const { port } = await relayWith('--metrics-token', 'tick tock')
    expect((await get(port, '/metrics')).status).toBe(404)
    expect((await get(port, '/metrics', { authorization: 'Bearer tick' })).status).toBe(404)
    expect((await get(port, '/metrics', { authorization: 'Bearer tick tock', via: '1.1 proxy' })).status).toBe(200)
  })
})

describe('the log', () => {
  it('is lines of JSON with a time, a level and an event, and nobody’s address', async () => {
    const relay = await relayWith('--log-level', 'info')
    const client = await connectRaw(relay.address)
    await client.publish(newRendezvous(), newBlob())
    client.close()
    await relay.stop()
    const lines = relay.stderr().trimEnd().split('\n')
    const events = lines.map((line) => JSON.parse(line) as { time: string; level: string; event: string })
    expect(events.map(({ event }) => event)).toEqual(['relay.started', 'relay.stopping', 'relay.stopped'])
    expect(events.every(({ time, level }) => !Number.isNaN(Date.parse(time)) && level === 'info')).toBe(true)
    expect(relay.stderr()).not.toMatch(/127\.0\.0\.1/)
  })

  it('says nothing of an ordinary life by default', async () => {
    const relay = await relayWith()
    await relay.stop()
    expect(relay.stderr()).toBe('')
  })
})

it('prints its help, and takes settings from a file, the environment and flags', async () => {
  const help = spawnProcess('src-relay/main.ts', ['--help'])
  expect(await help.exited).toBe(0)
  expect(help.stdout()).toMatch(/--tls-self-signed .*\n(.*\n)*.*CAIRN_RELAY_TLS_CERT/)
  const file = join(dir, 'relay.json')
  writeFileSync(
    file,
    JSON.stringify({ listen: '127.0.0.1:0', data: join(dir, 'data'), 'public-host': 'relay.example', 'log-level': 'info' }),
  )
  const relay = spawnProcess('src-relay/main.ts', ['--config', file, '--log-level', 'silent'])
  cleanUps.push(() => relay.kill())
  await relay.line(/^relay listening on ws:\/\/relay\.example:\d+$/)
  await relay.stop()
  expect(relay.stderr()).toBe('')
  writeFileSync(file, JSON.stringify({ lisen: '127.0.0.1:0' }))
  const wrong = spawnProcess('src-relay/main.ts', ['--config', file])
  expect(await wrong.exited).toBe(2)
  expect(wrong.stderr()).toMatch(/"lisen" in .* is no setting/)
})

it('refuses a certificate and a key that do not go together', async () => {
  const { certPath, keyPath } = writeCertificate()
  writeFileSync(keyPath, makeSelfSigned(Date.now()).key)
  const relay = spawnProcess('src-relay/main.ts', ['--listen', '127.0.0.1:0', '--data', dir, '--tls-cert', certPath, '--tls-key', keyPath])
  expect(await relay.exited).toBe(2)
  expect(relay.stderr()).toMatch(/relay\.refused key-differs/)
})

it('keeps the key of its own making for its owner alone', async () => {
  const relay = await relayWith('--tls-self-signed')
  expect(statSync(join(relay.dataDir, 'tls.pem')).mode & 0o777).toBe(0o600)
})

const writeCertificate = (madeAt = Date.now()) => {
  const { cert, key } = makeSelfSigned(madeAt)
  const [certPath, keyPath] = [join(dir, 'cert.pem'), join(dir, 'key.pem')]
  writeFileSync(certPath, cert)
  writeFileSync(keyPath, key, { mode: 0o600 })
  return { certPath, keyPath }
}

describe('the doctor', () => {
  const examine = async (...args: string[]) => {
    const doctor = spawnProcess('src-relay/main.ts', ['doctor', ...args])
    return { code: await doctor.exited, text: doctor.stdout(), stderr: doctor.stderr() }
  }
  const data = () => join(dir, 'data')
  const free = ['--listen', '127.0.0.1:0']

  it('finds nothing wrong where nothing is, and makes nothing', async () => {
    const { code, text } = await examine(...free, '--data', data(), '--tls-self-signed')
    expect(text).toMatch(/^ok {4}Port 127\.0\.0\.1:0 is free\.$/m)
    expect(text).toMatch(/certificate will be made/)
    expect(text).toMatch(/is not there yet; it will be made/)
    expect(text).toMatch(/^Nothing is wrong\.$/m)
    expect(code).toBe(0)
    expect(() => statSync(data())).toThrow(/ENOENT/)
  })

  it('knows a relay that runs, and shows its pin', async () => {
    const relay = await relayWith('--tls-self-signed')
    const pin = relay.address.split('#')[1] ?? ''
    const running = await examine('--listen', `127.0.0.1:${relay.port}`, '--data', relay.dataDir, '--tls-self-signed')
    expect(running).toMatchObject({ code: 0 })
    expect(running.text).toContain('A Cairn relay runs on')
    expect(running.text).toContain(`Pin: ${pin}`)
    expect(running.text).toContain('in use by a running relay')
    await relay.stop()
    const stopped = await examine('--listen', `127.0.0.1:${relay.port}`, '--data', relay.dataDir, '--tls-self-signed')
    expect(stopped.text).toMatch(/The database is whole; 0 blobs wait in it/)
    expect(stopped.text).toMatch(/The disk takes a durable write/)
    expect(stopped.code).toBe(0)
    await relay.restart() // it has left everything as it was
  })

  it('a port that somebody else has', async () => {
    const squatter = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    cleanUps.push(() => void squatter.close())
    await new Promise((resolve) => squatter.once('listening', resolve))
    const { code, text } = await examine('--listen', `127.0.0.1:${(squatter.address() as AddressInfo).port}`, '--data', data())
    expect(text).toMatch(/^WRONG Port .* is taken by another program/m)
    expect(text).toMatch(/One thing is wrong\./)
    expect(code).toBe(1)
  })

  it.each([
    ['expired', Date.UTC(2000, 0, 1), /The certificate expired on 2019/],
    ['not valid yet', Date.now() + 30 * 24 * 3600_000, /not valid before/],
    ['about to expire', Date.now() - 20 * 365 * 24 * 3600_000 + 5 * 24 * 3600_000, /expires soon/],
  ])('a certificate that is %s', async (name, madeAt, message) => {
    const { certPath, keyPath } = writeCertificate(madeAt)
    const { code, text } = await examine(...free, '--data', data(), '--tls-cert', certPath, '--tls-key', keyPath)
    expect(text).toMatch(message)
    expect(code).toBe(name === 'about to expire' ? 0 : 1)
  })

  it('a key that is another’s, that others read, or that is none', async () => {
    const { certPath, keyPath } = writeCertificate()
    const args = [...free, '--data', data(), '--tls-cert', certPath, '--tls-key', keyPath]
    chmodSync(keyPath, 0o644)
    expect(await examine(...args)).toMatchObject({
      code: 1,
      text: expect.stringMatching(/Others on this computer can read the key/) as string,
    })
    writeFileSync(keyPath, makeSelfSigned(Date.now()).key)
    expect(await examine(...args)).toMatchObject({ code: 1, text: expect.stringMatching(/is not that of the certificate/) as string })
    writeFileSync(keyPath, 'nonsense')
    expect(await examine(...args)).toMatchObject({ code: 1, text: expect.stringMatching(/key .* cannot be read/) as string })
    rmSync(certPath)
    expect(await examine(...args)).toMatchObject({ code: 1, text: expect.stringMatching(/certificate .* cannot be read/) as string })
  })

  it('a database that is damaged, and a clock that went back', async () => {
    const relay = await relayWith()
    const client = await connectRaw(relay.address)
    for (let i = 0; i < 30; i++) await client.publish(newRendezvous(), newBlob(65536))
    client.close()
    await relay.stop()
    const database = join(relay.dataDir, 'relay.db')
    const later = new Date(Date.now() + 3600_000)
    utimesSync(database, later, later)
    expect((await examine(...free, '--data', relay.dataDir)).text).toMatch(/WRONG The clock is behind/)
    const bytes = readFileSync(database)
    for (let at = 16384; at < bytes.length; at += 4096) bytes.fill(0x5a, at, at + 64)
    writeFileSync(database, bytes)
    expect(await examine(...free, '--data', relay.dataDir)).toMatchObject({
      code: 1,
      text: expect.stringMatching(/The database is damaged/) as string,
    })
  })

  it('a folder that is a file', async () => {
    writeFileSync(data(), 'x')
    expect(await examine(...free, '--data', data())).toMatchObject({
      code: 1,
      text: expect.stringMatching(/cannot be (used|written)/) as string,
    })
    mkdirSync(join(dir, 'other'))
    expect((await examine(...free, '--data', join(dir, 'other'))).code).toBe(0)
  })

  it('settings that cannot be', async () => {
    expect(await examine('--listen', 'nowhere')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--listen wants HOST:PORT/) as string,
    })
  })
})
