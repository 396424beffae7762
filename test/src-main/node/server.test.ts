import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { limits } from '#shared/contract/limits.ts'
import type { Download } from '#main/appTypes.ts'
import { startServer, type HostServer } from '#main/node/server.ts'
import { bridgeConformance } from '#test/conformance/bridge.ts'
import { connectBridge, enter, send } from '#test/support/bridgeClient.ts'
import { eventually } from '#test/support/eventually.ts'
import { createStandInApp, type StandInApp } from '#test/support/standInApp.ts'

let folder: string
let app: StandInApp
let server: HostServer
let origin: string
let logged: string[]

const serve = (standIn: StandInApp, pagesDir: string) => {
  const log = (event: string) => void logged.push(event)
  const random = (length: number) => new Uint8Array(randomBytes(length))
  return startServer({ app: standIn, port: 0, pagesDir, random, logger: { info: log, warn: log } })
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-host-'))
  const pages = join(folder, 'pages')
  mkdirSync(join(pages, 'assets'), { recursive: true })
  writeFileSync(join(pages, 'index.html'), '<!doctype html><title>pages</title>')
  writeFileSync(join(pages, 'assets', 'index-1.js'), 'export {}')
  writeFileSync(join(pages, 'assets', 'index-1.js.map'), '{}')
  writeFileSync(join(folder, 'secret.html'), 'a secret')
  logged = []
  app = createStandInApp()
  server = await serve(app, pages)
  origin = `http://127.0.0.1:${server.port}`
})

afterEach(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

const cookieOf = () => enter(server.newAddress())
const post = (headers: Record<string, string>, body: string | Buffer = '{"method":"echo","input":{}}') =>
  send(`${origin}/api/call`, { method: 'POST', headers: { Origin: origin, 'Content-Type': 'application/json', ...headers }, body })

bridgeConformance('Node host', async (standIn) => {
  const own = await serve(standIn, folder)
  return {
    async openWindow() {
      const { call, events, ended, close } = await connectBridge(own.newAddress())
      return { call, heard: () => events.all, close: () => (close(), ended) }
    },
    close: () => own.close(),
  }
})

describe('the token', () => {
  it('opens the pages once', async () => {
    const address = server.newAddress()
    const first = await send(address, { method: 'GET' })
    expect(first).toMatchObject({ status: 303, headers: { location: '/' } })
    expect(first.headers['set-cookie']).toEqual([expect.stringMatching(/^cairn-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)])
    const second = await send(address, { method: 'GET' })
    expect(second.status).toBe(401)
    expect(second.headers['set-cookie']).toBeUndefined()
    expect(second.body).toContain('press Enter')
  })

  it('carries 32 bytes and is new each time; a newer one voids it', async () => {
    const [older, newer] = [server.newAddress(), server.newAddress()]
    expect(older).not.toBe(newer)
    for (const address of [older, newer])
      expect(Buffer.from(new URL(address).searchParams.get('token') ?? '', 'base64url')).toHaveLength(32)
    expect((await send(older, { method: 'GET' })).status).toBe(401)
    expect((await send(newer, { method: 'GET' })).status).toBe(303)
  })

  it.each(['', 'x', 'x'.repeat(43), 'x'.repeat(8000)])('refuses a wrong one and stays good itself', async (wrong) => {
    const address = server.newAddress()
    expect((await send(`${origin}/?token=${wrong}`, { method: 'GET' })).status).toBe(401)
    expect((await send(address, { method: 'GET' })).status).toBe(303)
  })

  it('is not spent by a look ahead', async () => {
    const address = server.newAddress()
    expect((await send(address, { method: 'HEAD' })).status).toBe(405)
    expect((await send(address, { method: 'GET', headers: { 'Sec-Purpose': 'prefetch;prerender' } })).status).toBe(405)
    expect((await send(address, { method: 'GET' })).status).toBe(303)
  })

  it('is not spent by a stranger who rebinds a name', async () => {
    const address = server.newAddress()
    expect((await send(address, { method: 'GET', headers: { Host: `evil.example:${server.port}` } })).status).toBe(403)
    expect((await send(address, { method: 'GET' })).status).toBe(303)
  })

  it('signs the oldest window out when there are too many', async () => {
    const first = await cookieOf()
    for (let n = 0; n < 7; n++) await cookieOf()
    expect((await post({ Cookie: first })).status).toBe(200)
    const last = await cookieOf()
    expect((await post({ Cookie: first })).status).toBe(401)
    expect((await post({ Cookie: last })).status).toBe(200)
  })
})

describe('pages', () => {
  it('are shown to a window with the cookie', async () => {
    const Cookie = await cookieOf()
    expect(await send(`${origin}/`, { method: 'GET', headers: { Cookie } })).toMatchObject({
      status: 200,
      body: expect.stringContaining('pages'),
    })
    const script = await send(`${origin}/assets/index-1.js`, { method: 'GET', headers: { Cookie } })
    expect(script).toMatchObject({ status: 200, body: 'export {}', headers: { 'content-type': 'text/javascript; charset=utf-8' } })
  })

  it.each(['/', '/index.html', '/assets/index-1.js', '/nothing'])('say how to get in without it: %s', async (path) => {
    for (const Cookie of ['', `cairn-${server.port}=`, `cairn-${server.port}=${'x'.repeat(43)}`, 'cairn=1']) {
      expect(await send(`${origin}${path}`, { method: 'GET', headers: { Cookie } })).toMatchObject({
        status: 401,
        body: expect.stringContaining('press Enter'),
      })
    }
  })

  it('ask a window that another site led here to come again, once', async () => {
    const led = await send(`${origin}/`, { method: 'GET', headers: { 'Sec-Fetch-Site': 'cross-site' } })
    expect(led).toMatchObject({ status: 200, body: expect.stringContaining('http-equiv="refresh"') })
    const again = await send(`${origin}/`, { method: 'GET', headers: { 'Sec-Fetch-Site': 'same-origin' } })
    expect(again.body).not.toContain('refresh')
  })

  it.each([
    '/../secret.html',
    '/assets/../../secret.html',
    '/%2e%2e/secret.html',
    '/..%2fsecret.html',
    '/assets/..\\..\\secret.html',
    '//secret.html',
    '/assets',
    '/assets/',
    '/assets/index-1.js.map',
    '/%00',
    '/__proto__',
    'http://evil.example/secret.html',
  ])('end at their folder: %s', async (path) => {
    const answer = await send(origin, { method: 'GET', path, headers: { Cookie: await cookieOf() } })
    expect(answer.status).toBe(404)
    expect(answer.body).not.toContain('secret')
  })

  it('say what to run when they are not built', async () => {
    const bare = await serve(app, join(folder, 'none'))
    const at = `http://127.0.0.1:${bare.port}`
    const Cookie = await enter(bare.newAddress())
    expect(await send(`${at}/`, { method: 'GET', headers: { Cookie } })).toMatchObject({
      status: 404,
      body: expect.stringContaining('npm run build'),
    })
    await bare.close()
  })
})

describe('every answer', () => {
  it('carries the security headers', async () => {
    const Cookie = await cookieOf()
    const get = (path: string, headers = {}) => send(`${origin}${path}`, { method: 'GET', headers })
    const answers = [
      await send(server.newAddress(), { method: 'GET' }),
      await get('/', { Cookie }),
      await get('/'),
      await get('/nothing', { Cookie }),
      await get('/', { Host: 'evil.example' }),
      await get('/api/events', { Cookie }),
      await send(`${origin}/`, { method: 'DELETE' }),
      await post({ Cookie }),
      await post({ Cookie }, 'no json'),
      await post({}),
      await post({ Cookie, Origin: 'http://evil.example' }),
    ]
    const garbage = await raw('GARBAGE\r\n\r\n')
    expect(garbage).toMatch(/^HTTP\/1.1 400 [^]*Content-Security-Policy: default-src 'none'/)
    expect(answers.map(({ status }) => status)).toEqual([303, 200, 401, 404, 403, 404, 405, 200, 400, 401, 403])
    for (const { headers } of answers) {
      expect(headers['content-security-policy']).toBe(
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; font-src 'self'; connect-src 'self'; " +
          "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      )
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'permissions-policy': 'camera=(self), microphone=(self), geolocation=()',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      })
      expect(headers['access-control-allow-origin']).toBeUndefined()
    }
  })
})

describe('files of messages', () => {
  const id = 'ab'.repeat(16)
  const bytes = randomBytes(200_000)
  const put = (name: string, type: string) =>
    app.files.set(id, {
      ...{ name, type, size: bytes.length },
      async *read(from, to) {
        for (let at = from; at < to; at += 65_000) yield bytes.subarray(at, Math.min(to, at + 65_000))
      },
    })
  const get = (target: string, headers: Record<string, string> = {}, method = 'GET') => send(`${origin}${target}`, { method, headers })

  it('are for who is signed in, and saved whatever they say they are', async () => {
    put('pâge (1).html', 'text/html')
    expect((await get(`/file/${id}`)).status).toBe(401)
    const cookie = await cookieOf()
    const whole = await get(`/file/${id}`, { Cookie: cookie })
    expect(whole).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'application/octet-stream',
        'content-disposition': "attachment; filename*=UTF-8''p%C3%A2ge%20%281%29.html",
        'content-length': '200000',
        'content-security-policy': "default-src 'none'; sandbox",
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      },
    })
    expect((await get(`/file/${id}?inline`, { Cookie: cookie })).headers).toMatchObject({ 'content-type': 'application/octet-stream' })
    expect((await get(`/file/${id}`, { Cookie: cookie, Origin: 'https://example.org' })).status).toBe(403)
    expect((await get(`/file/${id}`, { Cookie: cookie }, 'HEAD')).headers).toMatchObject({ 'content-length': '200000' })
    for (const target of [`/file/${'cd'.repeat(16)}`, '/file/', '/file/../cairn.db', `/file/${id}/x`, `/file/${id.toUpperCase()}`])
      expect((await get(target, { Cookie: cookie })).status, target).toBe(404)
  })

  it('are shown in the page where they are pictures or sounds, also in parts', async () => {
    put('voice.webm', 'audio/webm')
    const Cookie = await cookieOf()
    expect((await get(`/file/${id}?inline`, { Cookie })).headers).toMatchObject({
      'content-type': 'audio/webm',
      'content-disposition': 'inline',
    })
    const part = (Range: string) => get(`/file/${id}?inline`, { Cookie, Range })
    expect(await part('bytes=199990-')).toMatchObject({
      status: 206,
      headers: { 'content-range': 'bytes 199990-199999/200000', 'content-length': '10' },
    })
    expect(await part('bytes=0-0')).toMatchObject({ status: 206, headers: { 'content-range': 'bytes 0-0/200000', 'content-length': '1' } })
    expect(await part('bytes=-5')).toMatchObject({ status: 206, headers: { 'content-range': 'bytes 199995-199999/200000' } })
    expect(await part('bytes=200000-')).toMatchObject({ status: 416, headers: { 'content-range': 'bytes */200000' } })
    for (const range of ['bytes=5-1', 'bytes=-', 'lines=1-2', 'bytes=0-1,5-6']) expect((await part(range)).status, range).toBe(200)
  })

  it('end the answer where they cannot be read to their end', async () => {
    app.files.set(id, {
      ...{ name: 'x', type: '', size: 10 },
      async *read() {
        yield bytes.subarray(0, 5)
        throw new Error('damaged')
      },
    })
    await expect(get(`/file/${id}`, { Cookie: await cookieOf() })).rejects.toThrow()
    expect(logged).toContain('host.request-failed')
  })
})

/** Everything the host says to these bytes. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk) => (answer += chunk.toString()))
    socket.once('close', () => resolve(answer))
    socket.on('error', reject)
    socket.end(text)
  })

describe('calls', () => {
  it('take either of our names, each with its own origin', async () => {
    const Cookie = await cookieOf()
    const local = `localhost:${server.port}`
    expect((await post({ Cookie, Host: local, Origin: `http://${local}` })).status).toBe(200)
    expect((await post({ Cookie, Host: local })).status).toBe(403)
  })

  it.each([
    ['no origin', { Origin: '' }],
    ['origin null', { Origin: 'null' }],
    ['another site', { Origin: 'http://evil.example' }],
    ['another port', { Origin: 'http://127.0.0.1:1' }],
    ['https', { Origin: 'https://127.0.0.1' }],
    ['a name that only starts like ours', { Origin: 'http://127.0.0.1.evil.example' }],
    ['a rebound name', { Host: 'evil.example', Origin: 'http://evil.example' }],
    ['a host without port', { Host: '127.0.0.1', Origin: 'http://127.0.0.1' }],
    ['another loopback address', { Host: '127.0.0.2', Origin: 'http://127.0.0.2' }],
  ])('are refused from %s', async (_, headers) => {
    expect((await post({ Cookie: await cookieOf(), ...headers })).status).toBe(403)
    expect(app.calls).toEqual([])
  })

  it('are refused without the cookie, by another method, or as a form', async () => {
    const Cookie = await cookieOf()
    expect((await post({})).status).toBe(401)
    expect((await post({ Cookie: Cookie.replace(/^cairn-\d+/, 'cairn-1') })).status).toBe(401)
    expect((await send(`${origin}/api/call`, { method: 'PUT', headers: { Cookie, Origin: origin } })).status).toBe(405)
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', '', 'application/jsonx'])
      expect((await post({ Cookie, 'Content-Type': type })).status).toBe(415)
    expect(app.calls).toEqual([])
  })

  it.each(['', '{', '[]', 'null', '1', '"echo"', '{}', '{"method":1}', '{"input":{}}', '\u0000'])(
    'that are not a call are refused: %j',
    async (body) => {
      const answer = await post({ Cookie: await cookieOf() }, body)
      expect([answer.status, JSON.parse(answer.body)]).toEqual([400, { ok: false, error: { code: 'input.invalid', details: {} } }])
      expect(app.calls).toEqual([])
    },
  )

  it('that are too large are refused, announced or not, and the host goes on', async () => {
    const Cookie = await cookieOf()
    const huge = Buffer.alloc(limits.inviteTextChars + 1024 * 1024, 'x')
    for (const headers of [{}, { 'Transfer-Encoding': 'chunked' }]) {
      const answer = await post({ Cookie, ...headers }, huge)
      expect([answer.status, JSON.parse(answer.body)]).toMatchObject([413, { ok: false, error: { code: 'codec.too-large' } }])
    }
    expect((await post({ Cookie })).status).toBe(200)
    expect(app.calls).toHaveLength(1)
  })

  it('broken off in the middle leave nothing behind', async () => {
    const Cookie = await cookieOf()
    const head = `POST /api/call HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nOrigin: ${origin}\r\nCookie: ${Cookie}\r\n`
    await raw(`${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`)
    expect((await post({ Cookie })).status).toBe(200)
    expect(app.calls).toHaveLength(1)
    expect(logged).toEqual([])
  })
})

describe('events', () => {
  const openSocket = (headers: Record<string, string>, path = '/api/events') =>
    new Promise<number | WebSocket>((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers })
      socket.once('open', () => resolve(socket))
      socket.once('unexpected-response', (_, response) => (resolve(response.statusCode ?? 0), socket.terminate()))
      socket.on('error', reject)
    })

  it('want the cookie, our name and our origin', async () => {
    const Cookie = await cookieOf()
    expect(await openSocket({ Origin: origin })).toBe(401)
    expect(await openSocket({ Origin: origin, Cookie: 'cairn=1' })).toBe(401)
    expect(await openSocket({ Cookie })).toBe(403)
    expect(await openSocket({ Cookie, Origin: 'http://evil.example' })).toBe(403)
    expect(await openSocket({ Cookie, Host: 'evil.example', Origin: 'http://evil.example' })).toBe(403)
    expect(await openSocket({ Cookie, Origin: origin }, '/api/other')).toBe(404)
    expect(await openSocket({ Cookie, Origin: origin })).toBeInstanceOf(WebSocket)
  })

  it('end for a window that talks', async () => {
    const socket = (await openSocket({ Cookie: await cookieOf(), Origin: origin })) as WebSocket
    socket.send('hello')
    expect(await new Promise((resolve) => socket.once('close', resolve))).toBe(1003)
  })

  it('end for a window that does not read, and only for that one', async () => {
    const quick = await connectBridge(server.newAddress())
    const slow = await rawSocket(await cookieOf())
    slow.pause()
    const item = { type: 'conversationRemoved', id: 'x'.repeat(256 * 1024) } as const
    await eventually(
      'the slow window is dropped',
      () => (app.emit(item), logged),
      (events) => events.includes('bridge.slow-window'),
    )
    const sent = quick.events.all.length
    app.emit({ type: 'conversationRemoved', id: 'last' })
    await quick.events.waitFor('the last event', (event) => event.type === 'conversationRemoved' && event.id === 'last')
    expect(quick.events.all.length).toBeGreaterThan(sent)
    expect(logged).toEqual(['bridge.slow-window'])
    slow.destroy()
    quick.close()
  })

  it('stop when the host closes, even for a window that is silent', async () => {
    const bridge = await connectBridge(server.newAddress())
    const silent = await rawSocket(await cookieOf())
    silent.pause()
    await server.close()
    await bridge.ended
    expect(app.listeners()).toBe(0)
    silent.destroy()
    server = await serve(app, folder)
  })

  const rawSocket = (cookie: string) =>
    new Promise<Socket>((resolve) => {
      const socket = connect(server.port, '127.0.0.1')
      socket.write(
        `GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nOrigin: ${origin}\r\nCookie: ${cookie}\r\nUpgrade: websocket\r\n` +
          'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
      )
      socket.once('data', () => resolve(socket))
    })
})

describe('a file that is ready', () => {
  const token = 'ab'.repeat(32)
  const ready = (bytes: () => AsyncIterable<Uint8Array>, ended: () => void): Download => ({
    ...{ name: 'Cairn Zoë "x".html', type: 'text/html; charset=utf-8', size: 10, bytes, end: ended },
  })

  it('is sent whole, to be saved and not shown, to a window that is signed in', async () => {
    let ends = 0
    app.download = (asked) =>
      asked === token
        ? ready(
            async function* () {
              yield Buffer.from('hello')
              yield Buffer.from('there')
            },
            () => ends++,
          )
        : null
    expect((await send(`${origin}/export/${token}`, { method: 'GET' })).status).toBe(401)
    expect(ends).toBe(0)
    const Cookie = await cookieOf()
    const answer = await send(`${origin}/export/${token}`, { method: 'GET', headers: { Cookie } })
    expect(answer).toMatchObject({ status: 200, body: 'hellothere' })
    expect(answer.headers).toMatchObject({
      'content-disposition': `attachment; filename="Cairn Zo_ _x_.html"; filename*=UTF-8''Cairn%20Zo%C3%AB%20%22x%22.html`,
      'content-length': '10',
      'x-content-type-options': 'nosniff',
    })
    await eventually(
      'it is ended',
      async () => ends,
      (count) => count === 1,
    )
    expect((await send(`${origin}/export/${'cd'.repeat(32)}`, { method: 'GET', headers: { Cookie } })).status).toBe(404)
    expect((await send(`${origin}/export/${token}`, { method: 'POST', headers: { Cookie, Origin: origin } })).status).toBe(405)
  })

  it('that fails on the way is cut off, so that nobody takes it for whole', async () => {
    let ends = 0
    app.download = () =>
      ready(
        async function* () {
          yield Buffer.from('hello')
          throw new Error('a disk that is gone')
        },
        () => ends++,
      )
    const Cookie = await cookieOf()
    await expect(send(`${origin}/export/${token}`, { method: 'GET', headers: { Cookie } })).rejects.toThrow()
    await eventually(
      'it is ended',
      async () => ends,
      (count) => count === 1,
    )
    expect(logged).toContain('host.request-failed')
  })
})
