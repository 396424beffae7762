import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startApp } from '#test/support/bridgeClient.ts'
import { spawnProcess } from '#test/support/process.ts'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'cairn-main-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const run = async (...args: string[]) => {
  const { exited, stdout, stderr } = spawnProcess('src-main/node/main.ts', ['--no-open', ...args])
  return { code: await exited, stdout: stdout(), stderr: stderr() }
}

describe('the host as a program', () => {
  it('prints one address, serves a new profile behind it, and ends in order', async () => {
    const app = await startApp({ profileDir: join(folder, 'profile') })
    expect(await app.client['app.state']({})).toMatchObject({
      phase: 'first-start',
      profile: null,
      capabilities: { host: 'node', localRelay: true, keychain: false, desktop: false },
    })
    await app.stop()
    await app.ended
    expect(await app.process.exited).toBe(0)
    expect(app.process.stdout()).toMatch(/^Cairn is at http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}\n$/)
    expect(statSync(join(folder, 'profile')).mode & 0o777).toBe(0o700)
  })

  it('says in words that its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const stderr = `Port ${port} is in use by another program. Choose another with --port, or 0 for any free one.\n`
    expect(await run('--profile', folder, '--port', String(port))).toEqual({ code: 1, stdout: '', stderr })
    taken.close()
  })

  it('says in words that its folder cannot be written', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    const stderr = `The profile folder ${file} cannot be written (EEXIST). Choose another with --profile.\n`
    expect(await run('--profile', file, '--port', '0')).toEqual({ code: 1, stdout: '', stderr })
  })

  it('says how it is used', async () => {
    expect(await run('--wrong')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Usage: npm start -- [--profile DIR] [--port N] [--no-open] [cairn:… | FILE.cairn]\n',
    })
  })

  it('says in words that an invite cannot be read, and starts nothing', async () => {
    for (const [path, code] of [
      [join(folder, 'none.cairn'), 'ENOENT'],
      [folder, 'EISDIR'],
    ]) {
      const stderr = `The invite ${path} cannot be read (${code}). Check that it is there and that you may open it.\n`
      expect(await run('--profile', join(folder, 'profile'), '--port', '0', path ?? '')).toEqual({ code: 1, stdout: '', stderr })
    }
  })
})
