import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, chmodSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openBrowser, openCommand, removeOpener } from '#main/node/openBrowser.ts'
import { eventually } from '#test/support/eventually.ts'

const address = 'http://127.0.0.1:7480/?token=abc_DEF-123'
const url = 'file:///profile/open.html'
const withPrograms = (...files: string[]) => ({ platform: 'linux' as const, isProgram: (file: string) => files.includes(file) })

describe('how a window is opened', () => {
  it.each([
    [
      'a Chromium window of its own',
      { DISPLAY: ':0', PATH: '/x:/usr/bin' },
      ['/usr/bin/xdg-open', '/usr/bin/chromium'],
      ['/usr/bin/chromium', `--app=${url}`],
    ],
    ['the default browser', { WAYLAND_DISPLAY: 'w', PATH: '/usr/bin' }, ['/usr/bin/xdg-open'], ['/usr/bin/xdg-open', url]],
    ['nothing to open with', { DISPLAY: ':0', PATH: '/usr/bin' }, [], null],
    ['no display', { DISPLAY: '', PATH: '/usr/bin' }, ['/usr/bin/chromium'], null],
  ])('%s', (_, env, programs, expected) => {
    expect(openCommand(url, { ...withPrograms(...programs), env })).toEqual(expected)
  })

  it.each([
    ['darwin', ['open', url]],
    ['win32', ['rundll32', 'url.dll,FileProtocolHandler', url]],
  ] as const)('%s has its own way, without a shell', (platform, expected) => {
    expect(openCommand(url, { platform, env: {}, isProgram: () => false })).toEqual(expected)
  })
})

describe.runIf(process.platform === 'linux')('the way to the address', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-open-'))
    vi.stubEnv('DISPLAY', ':99')
    vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`)
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })

  it('is a file for this user alone; the token is not on the command line', async () => {
    writeFileSync(join(folder, 'chromium'), `#!/bin/sh\nprintf '%s' "$*" > ${folder}/seen.part && mv ${folder}/seen.part ${folder}/seen\n`)
    chmodSync(join(folder, 'chromium'), 0o755)
    writeFileSync(join(folder, 'open.html'), 'left by an earlier run', { mode: 0o644 })
    expect(await openBrowser(address, folder)).toBe(true)
    expect(statSync(join(folder, 'open.html')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(folder, 'open.html'), 'utf8')).toContain(`content="0;url=${address}"`)
    await eventually('the browser starts', () => existsSync(join(folder, 'seen')), Boolean)
    expect(readFileSync(join(folder, 'seen'), 'utf8')).toBe(`--app=file://${folder}/open.html`)
    await removeOpener(folder)
    expect(existsSync(join(folder, 'open.html'))).toBe(false)
  })

  it('is quiet about a browser that does not start', async () => {
    writeFileSync(join(folder, 'chromium'), 'no program')
    chmodSync(join(folder, 'chromium'), 0o755)
    expect(await openBrowser(address, folder)).toBeTypeOf('boolean')
  })
})
