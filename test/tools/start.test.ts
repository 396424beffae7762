import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { spawnProcess } from '#test/support/process.ts'
import { temporaryFolder } from '#test/support/profileFolder.ts'
import { electronBinary } from '../../tools/electronBinary.ts'
import { root, run } from '../../tools/run.ts'
import { whyBrowser } from '../../tools/start.ts'

let folder: ReturnType<typeof temporaryFolder>
beforeEach(() => void (folder = temporaryFolder()))
afterEach(() => folder.remove())

describe('which window', () => {
  const world = { platform: 'linux', env: { DISPLAY: ':0' }, isRoot: false } as const

  it('its own, where nothing speaks against it', () => {
    expect(whyBrowser([], world)).toBeNull()
    expect(whyBrowser(['--profile', '/p'], world)).toBeNull()
    expect(whyBrowser([], { ...world, env: { WAYLAND_DISPLAY: 'wayland-0' } })).toBeNull()
    expect(whyBrowser([], { platform: 'darwin', env: {}, isRoot: true })).toBeNull()
  })

  it.each([
    [['--port', '7001'], world, '--port was asked for'],
    [['--port=7001'], world, '--port was asked for'],
    [['--profile', '/p', '--no-open'], world, '--no-open was asked for'],
    [['--browser'], world, '--browser was asked for'],
    [[], { ...world, env: {} }, 'there is no display'],
    [[], { ...world, isRoot: true }, 'Electron keeps its sandbox, which root cannot have'],
  ])('the browser for %j', (args, at, reason) => {
    expect(whyBrowser(args, at)).toBe(reason)
  })
})

describe('Electron’s binary', () => {
  it('is where the package’s path file says, if that is there', () => {
    expect(electronBinary({}, folder.path)).toBeNull()
    writeFileSync(join(folder.path, 'path.txt'), 'electron')
    expect(electronBinary({}, folder.path)).toBeNull()
    mkdirSync(join(folder.path, 'dist'))
    writeFileSync(join(folder.path, 'dist', 'electron'), '')
    expect(electronBinary({}, folder.path)).toBe(join(folder.path, 'dist', 'electron'))
  })

  it('or where the environment says', () => {
    const env = { ELECTRON_OVERRIDE_DIST_PATH: folder.path }
    expect(electronBinary(env, folder.path)).toBeNull()
    writeFileSync(join(folder.path, 'electron'), '')
    expect(electronBinary(env, join(folder.path, 'none'))).toBe(join(folder.path, 'electron'))
  })
})

it('npm start opens the browser with one line that says so, and the flags of the Node host go on working', async () => {
  const app = spawnProcess('tools/start.ts', ['--profile', join(folder.path, 'profile'), '--port', '0', '--no-open'])
  await app.line(/^Cairn is at http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}$/)
  expect(
    app
      .stderr()
      .split('\n')
      .filter((line) => line.startsWith('Cairn ')),
  ).toEqual(['Cairn runs in the browser: --port was asked for.'])
  await app.stop()
})

it('the window is that binary with the built program and the arguments, and npm start ends as it does', async () => {
  const stub = join(folder.path, 'electron')
  writeFileSync(stub, '#!/bin/sh\necho "started with $*"\nexit 7\n')
  chmodSync(stub, 0o755)
  const starter = join(folder.path, 'starter.mjs')
  writeFileSync(
    starter,
    `import { openWindow } from ${JSON.stringify(join(root, 'tools', 'start.ts'))}; await openWindow(${JSON.stringify(stub)}, ['--profile', '/p'])`,
  )
  const { code, output } = await run([process.execPath, starter], { stdio: 'collect' })
  expect(output).toContain(`started with ${join(root, 'out', 'main', 'electron.js')} --profile /p\n`)
  expect(output).toContain('Cairn opens its own window')
  expect(code).toBe(7)
})
