import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultProfileDir, parseOptions, UsageError } from '#main/node/options.ts'

const world = { platform: 'linux', home: '/home/ann', env: {} } as const

describe('the command line', () => {
  it('needs nothing', () => {
    expect(parseOptions([], world)).toEqual({ profileDir: '/home/ann/.local/share/cairn', port: null, open: true, invite: null })
  })

  it('takes a folder, a port and no window', () => {
    const args = ['--profile', 'here', '--port', '0', '--no-open']
    expect(parseOptions(args, world)).toEqual({ profileDir: resolve('here'), port: 0, open: false, invite: null })
  })

  it.each(['cairn:cairn1qqq', 'Invite from Ann.cairn'])('takes something to open: %s', (opened) => {
    expect(parseOptions(['--no-open', opened], world)).toMatchObject({ open: false, invite: opened })
  })

  it.each([
    [['--port', '65536']],
    [['--port', '-1']],
    [['--port=']],
    [['--port', '1e3']],
    [['--profile=']],
    [['--no-such']],
    [['one.cairn', 'two.cairn']],
    [['']],
    [['--port']],
  ])('refuses %j', (args) => expect(() => parseOptions(args, world)).toThrow(UsageError))
})

describe('the usual profile folder', () => {
  it.each([
    ['linux', {}, '/home/ann/.local/share/cairn'],
    ['linux', { XDG_DATA_HOME: '/data' }, '/data/cairn'],
    ['linux', { XDG_DATA_HOME: 'relative' }, '/home/ann/.local/share/cairn'],
    ['linux', { XDG_DATA_HOME: '' }, '/home/ann/.local/share/cairn'],
    ['darwin', { XDG_DATA_HOME: '/data' }, '/home/ann/Library/Application Support/Cairn'],
    ['win32', { APPDATA: '/roaming' }, '/roaming/Cairn'],
    ['win32', {}, '/home/ann/AppData/Roaming/Cairn'],
  ] as const)('is the one of the platform: %s %j', (platform, env, expected) => {
    expect(defaultProfileDir({ platform, home: '/home/ann', env })).toBe(expected)
  })
})
