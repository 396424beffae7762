import { createServer, type Server } from 'node:net'
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { prepareProfileDir, StartError } from '#main/node/folders.ts'
import { startHost, usualPort } from '#main/node/host.ts'
import { connectBridge } from '#test/support/bridgeClient.ts'
import { createStandInApp } from '#test/support/standInApp.ts'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'cairn-host-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const world = {
  random: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
  logger: { info: () => undefined, warn: () => undefined },
}

const occupy = async (port: number): Promise<Server> => {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

describe('the host', () => {
  it('serves the app and ends it', async () => {
    const app = createStandInApp()
    const host = await startHost({ app, ...world, port: 0, pagesDir: folder })
    const bridge = await connectBridge(host.newAddress())
    expect(await bridge.call('echo', { n: 1 })).toEqual({ ok: true, value: { n: 1 } })
    await host.close()
    await bridge.ended
    expect(app.closed).toBe(true)
  })

  it('says in words that a port is taken, and leaves nothing running', async () => {
    const taken = await occupy(0)
    const { port } = taken.address() as AddressInfo
    const app = createStandInApp()
    const start = startHost({ app, ...world, port, pagesDir: folder })
    await expect(start).rejects.toThrow(
      new StartError(`Port ${port} is in use by another program. Choose another with --port, or 0 for any free one.`),
    )
    expect([app.closed, app.listeners()]).toEqual([true, 0])
    taken.close()
  })

  it('takes a free port when the usual one is taken and none was named', async () => {
    const taken = await occupy(usualPort).catch(() => null) // somebody has it already: just as well
    const host = await startHost({ app: createStandInApp(), ...world, port: null, pagesDir: folder })
    expect(host.newAddress()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=/)
    expect(host.newAddress()).not.toContain(`:${usualPort}/`)
    await host.close()
    taken?.close()
  })
})

describe('the profile folder', () => {
  it('is made for this user alone, with the folders above it', () => {
    const profile = join(folder, 'a', 'b')
    prepareProfileDir(profile)
    prepareProfileDir(profile)
    expect(statSync(profile).mode & 0o777).toBe(0o700)
  })

  it('cannot be a file, or below one', () => {
    const file = join(folder, 'file')
    writeFileSync(file, 'kept')
    for (const profile of [file, join(file, 'below')]) {
      expect(() => prepareProfileDir(profile)).toThrow(StartError)
      expect(() => prepareProfileDir(profile)).toThrow('cannot be written')
    }
  })

  it.skipIf(process.getuid?.() === 0)('must be writable', () => {
    chmodSync(folder, 0o500)
    expect(() => prepareProfileDir(join(folder, 'new'))).toThrow('cannot be written (EACCES)')
    chmodSync(folder, 0o700)
  })
})
