/** The LAN link's profile bittrrt against both sides of it in Python, written from its description alone, over real UDP sockets. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import type { LanSession } from '#main/transport/lan/datagram.ts'
import { createLanEndpoint } from '#main/transport/lan/endpoint.ts'
import { defaultLimits } from '#main/transport/lan/limits.ts'
import { profiles } from '#main/transport/lan/profiles.ts'
import { openUdpSocket } from '#main/transport/lan/udpSocket.ts'
import { systemClock } from '#main/node/clock.ts'
import { createRandom } from '#main/node/random.ts'
import { eventually } from '#test/support/eventually.ts'
import { spawnProcess } from '#test/support/process.ts'
import { node } from '#test/support/providers.ts'

const script = join(import.meta.dirname, 'lan_link.py')
const python = '/usr/bin/python3'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const one of undo.splice(0).toReversed()) await one()
})

/** An endpoint on loopback; what comes, as text, and what is done with it. */
async function endpoint(accepts: boolean, onText: (session: LanSession, text: string) => void) {
  const socket = await openUdpSocket({ address: '127.0.0.1', port: 0 })
  const sessions: LanSession[] = []
  const opened = createLanEndpoint({
    ...{ socket, clock: systemClock, random: createRandom(), primitives: node, accepts },
    ...{ profile: profiles.bittrrt, limits: defaultLimits.bittrrt },
    onSession(session) {
      sessions.push(session)
      return { onDatagram: (payload) => onText(session, Buffer.from(payload).toString()), onClose() {} }
    },
  })
  undo.push(() => opened.close())
  return { opened, sessions, port: socket.local.port }
}

interface Event {
  event: string
  port?: number
  text?: string
  own?: string
  peer?: string
}

async function pythonServer(): Promise<{ port: number; events: Event[] }> {
  const child: ChildProcess = spawn(python, [script, 'server'], { stdio: ['ignore', 'pipe', 'inherit'] })
  undo.push(() => child.kill('SIGKILL'))
  const events: Event[] = []
  if (child.stdout === null) throw new Error('no output')
  createInterface({ input: child.stdout }).on('line', (line) => events.push(JSON.parse(line) as Event))
  const [listening] = await eventually(
    'the Python server listens',
    () => events,
    (all) => all.length > 0,
  )
  return { port: listening?.port ?? 0, events }
}

test('a Python client, of the first release and of later ones: a packet each way, damaged ones and second ones not taken', async () => {
  const received: string[] = []
  const { sessions, port } = await endpoint(true, (session, text) => {
    received.push(text)
    session.send(Buffer.from(`echo ${text}`))
  })
  const { stdout } = await promisify(execFile)(python, [script, 'client', '127.0.0.1', `${port}`])
  const results = JSON.parse(stdout) as { answer: string; own: string; peer: string }[]
  expect(results.map(({ answer }) => answer)).toEqual(['echo hello from Python', 'echo hello from Python'])
  expect(received).toEqual(['hello from Python', 'hello from Python']) // one each: of five datagrams, three were damaged and one came twice
  expect(sessions.map(({ fingerprint }) => fingerprint)).toEqual(results.map(({ own }) => own))
})

test('a Python server: our endpoint and our command line; a packet each way, damaged and second ones not taken', async () => {
  const { port, events } = await pythonServer()
  const received: string[] = []
  const { opened } = await endpoint(false, (_session, text) => received.push(text))
  const session = await opened.connect({ address: '127.0.0.1', port })
  session.send(Buffer.from('hello'))
  session.send(Buffer.from('again'))
  await eventually(
    'both echoes',
    () => received,
    (all) => all.length >= 2,
  )
  expect(received.toSorted()).toEqual(['echo again', 'echo hello'])
  const told = await eventually(
    'the server’s own account',
    () => events,
    (all) => all.length >= 4,
  )
  expect(told.slice(1)).toEqual([
    { event: 'connected', own: session.fingerprint, peer: expect.any(String) },
    { event: 'packet', text: 'hello' },
    { event: 'packet', text: 'again' },
  ])

  const client = spawnProcess('src-main/node/lanMain.ts', [`127.0.0.1:${port}`, '--profile', 'bittrrt'])
  expect(await client.exited).toBe(0)
  expect(client.stdout()).toContain(`fingerprint of the other side: ${events.at(-1)?.own}`)
  expect(client.stdout()).toContain('the secure channel stands')
})

test('the vectors of both profiles, computed in Python from the protocol’s text', async () => {
  const vectors = join(import.meta.dirname, '../vectors/own')
  const { stdout } = await promisify(execFile)(python, [join(import.meta.dirname, 'lan_vectors.py'), vectors])
  const checked = JSON.parse(stdout) as string[]
  for (const profile of ['cairn', 'bittrrt'])
    for (const what of ['connect', 'connected', 'direction keys', 'packets']) expect(checked).toContain(`${profile} ${what}`)
  expect(checked).toContain('cairn rotated')
})
