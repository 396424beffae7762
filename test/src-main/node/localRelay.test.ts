import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { subprotocol } from '#shared/wire/frames.ts'
import { systemClock } from '#main/node/clock.ts'
import { createLocalRelay } from '#main/node/localRelay.ts'

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

  async function startAndStop(): Promise<{ address: string }> {
    const relay = make()
    const started = await relay.start()
    await relay.stop()
    return started
  }
})
