import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readConfig, usage } from '#relay/config.ts'
import { environmentName, SettingError, settingNames } from '#relay/settings.ts'

let dir: string
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'cairn-config-'))))
afterEach(() => rmSync(dir, { recursive: true }))

const write = (json: unknown): string => {
  const path = join(dir, 'relay.json')
  writeFileSync(path, typeof json === 'string' ? json : JSON.stringify(json))
  return path
}
const settingsOf = (args: string[], environment: NodeJS.ProcessEnv = {}) => readConfig(args, environment).settings

describe('settings', () => {
  it('have defaults', () => {
    expect(readConfig([], {})).toMatchObject({
      command: 'run',
      file: null,
      settings: { listen: { host: '127.0.0.1', port: 7443 }, data: './relay-data', 'tls-self-signed': false, 'metrics-token': null },
    })
  })

  it('a flag goes before the environment, the environment before the file', () => {
    const config = write({ data: 'file', 'max-bytes': 1, 'max-connections': 1, 'tls-self-signed': true, 'trust-proxy': true })
    const environment = {
      CAIRN_RELAY_CONFIG: config,
      CAIRN_RELAY_DATA: 'environment',
      CAIRN_RELAY_MAX_BYTES: '2',
      CAIRN_RELAY_TRUST_PROXY: '0',
    }
    expect(settingsOf(['--data', 'flag', '--no-tls-self-signed'], environment)).toMatchObject({
      data: 'flag',
      'max-bytes': 2,
      'max-connections': 1,
      'tls-self-signed': false,
      'trust-proxy': false,
    })
    const other = join(dir, 'other.json')
    writeFileSync(other, '{"data":"other"}')
    expect(readConfig(['doctor', '--config', other], { CAIRN_RELAY_CONFIG: config })).toMatchObject({
      command: 'doctor',
      file: other,
      settings: { data: 'other', 'max-bytes': null },
    })
  })

  it('each has a flag, a variable and a line of help', () => {
    for (const name of settingNames) expect(usage()).toContain(`--${name}`)
    expect(environmentName('max-connections-per-address')).toBe('CAIRN_RELAY_MAX_CONNECTIONS_PER_ADDRESS')
    expect(readConfig(['--help', '--config', '/nowhere'], { CAIRN_RELAY_NONSENSE: '1' }).command).toBe('help')
  })

  it.each([
    ['an unknown key', { lisen: 'x' }, /"lisen" in .*relay\.json is no setting/],
    ['a key of every object', { constructor: 'x' }, /"constructor" in .* is no setting/],
    ['a list', ['listen'], /is not an object of settings/],
    ['nested settings', { data: { path: 'x' } }, /"data" in .* is neither text, number nor boolean/],
    ['a wrong port', { listen: '127.0.0.1:70000' }, /"listen" in .* wants HOST:PORT/],
    ['a number that is none', { 'max-bytes': -1 }, /"max-bytes" in .* wants a positive number/],
    ['a switch that is neither', { 'trust-proxy': 'perhaps' }, /"trust-proxy" in .* wants true or false/],
    ['a number for a text', { data: 5 }, /"data" in .* wants a text/],
    ['a level that is none', { 'log-level': 'loud' }, /"log-level" in .* wants one of silent, warn, info/],
    ['a host that is none', { 'public-host': 'a b' }, /"public-host" in .* wants a name/],
    ['half a certificate', { 'tls-cert': 'x' }, /tls-cert and tls-key go together/],
    ['two kinds of certificate', { 'tls-cert': 'x', 'tls-key': 'y', 'tls-self-signed': true }, /exclude one another/],
    ['a key without a folder', { data: ':memory:', 'tls-self-signed': true }, /needs a data folder/],
  ])('refuses %s by name', (_name, json, message) => {
    const path = write(json)
    expect(() => settingsOf(['--config', path])).toThrow(message)
    expect(() => settingsOf(['--config', path])).toThrow(SettingError)
  })

  it('refuses a file that is not JSON without quoting it, one that is too long, and one that is not there', () => {
    const broken = write('{"metrics-token": "secret')
    expect(() => settingsOf(['--config', broken])).toThrow(/^(?!.*secret).*is not JSON/)
    expect(() => settingsOf(['--config', write(`{"data": "${'x'.repeat(70_000)}"}`)])).toThrow(/too long/)
    expect(() => settingsOf(['--config', join(dir, 'none.json')])).toThrow(/cannot read .*ENOENT/)
  })

  it.each([
    ['an unknown variable', [], { CAIRN_RELAY_LISEN: 'x' }, /CAIRN_RELAY_LISEN in the environment is no setting/],
    ['a wrong variable', [], { CAIRN_RELAY_MAX_BYTES: 'many' }, /CAIRN_RELAY_MAX_BYTES wants a positive number/],
    ['an unknown flag', ['--frobnicate'], {}, /frobnicate/],
    ['an unknown command', ['dance'], {}, /no command dance/],
    ['a flag without its value', ['--data'], {}, /data/],
  ])('refuses %s by name', (_name, args, environment, message) => expect(() => settingsOf(args, environment)).toThrow(message))
})
