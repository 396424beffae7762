/** `relay registry export|import` as commands, on folders that a relay as a process has filled. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readMasterKey } from '#relay/masterKey.ts'
import { importRegistry } from '#relay/registration/registry.ts'
import { RegistryError } from '#relay/registration/registryYaml.ts'
import { openAccounts } from '#relay/storage/accounts.ts'
import { createRegistrationStore } from '#relay/storage/registrationStore.ts'
import { spawnProcess } from '#test/support/process.ts'
import { spawnRelay, type RelayProcess } from '#test/support/processes.ts'
import { node } from '#test/support/providers.ts'
import { base64, call, openSession, post, random, register, type Device } from './device.ts'

const root = mkdtempSync(join(tmpdir(), 'cairn-registry-'))
const devices: Device[] = []
let relay: RelayProcess
const exported = join(root, 'exported')

async function registry(action: string, dir: string, ...settings: string[]) {
  const child = spawnProcess('src-relay/main.ts', ['registry', action, dir, ...settings])
  return { code: await child.exited, out: child.stdout(), error: child.stderr() }
}
const originOf = ({ address }: RelayProcess) => address.replace('ws', 'http')
const dataDir = (name: string, hasKey = true): string => {
  const dir = join(root, name)
  mkdirSync(dir)
  if (hasKey) copyFileSync(join(relay.dataDir, 'master.key'), join(dir, 'master.key'))
  return dir
}
const storedIn = (dir: string) => {
  const db = openAccounts(dir)
  try {
    return createRegistrationStore(db).devices()
  } finally {
    db.close()
  }
}
/** The exported files with something changed. */
const changedFiles = (name: string, change: { keys?: (text: string) => string; clients?: (text: string) => string }): string => {
  const dir = join(root, name)
  mkdirSync(dir)
  const write = (file: string, by = (text: string) => text) =>
    writeFileSync(join(dir, file), by(readFileSync(join(exported, file), 'utf8')))
  write('server_keys.yaml', change.keys)
  write('client_config.yaml', change.clients)
  return dir
}

beforeAll(async () => {
  relay = await spawnRelay()
  for (const id of ['device-001', '12345', '0x10', 'null', 'constructor', 'a:b.c-d']) devices.push(await register(originOf(relay), id))
  await post(originOf(relay), '/register/init', { client_id: 'unfinished' })
  await relay.stop()
  expect(await registry('export', exported, '--data', relay.dataDir)).toEqual({
    code: 0,
    out: `exported 6 devices to ${exported}\n`,
    error: '',
  })
})
afterAll(async () => {
  await relay.dispose()
  rmSync(root, { recursive: true })
})

describe('export', () => {
  test('writes the two files with the names of the seed, for their owner only', () => {
    const file = (name: string) => parse(readFileSync(join(exported, name), 'utf8')) as Record<string, Record<string, object>>
    const ids = devices.map(({ id }) => id).sort()
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    const { keys } = file('server_keys.yaml')
    expect(Object.keys(keys ?? {}).sort()).toEqual(ids)
    const first = devices[0] as Device
    expect(keys?.['device-001']).toEqual({
      ...{ client_id: 'device-001', public_key: base64(first.serverKey) },
      ...{ secret_key: expect.stringMatching(/^cairn1\.[\w-]{80}$/), created_at: time },
    })
    const { clients } = file('client_config.yaml')
    expect(Object.keys(clients ?? {}).sort()).toEqual(ids)
    expect(clients?.['12345']).toEqual({
      ...{ client_id: '12345', client_public_key: expect.stringMatching(/=$/), server_key_id: '12345' },
      ...{ registered_at: time, last_seen: time },
    })
    for (const name of ['server_keys.yaml', 'client_config.yaml']) expect(statSync(join(exported, name)).mode & 0o777).toBe(0o600)
  })

  test('overwrites nothing', async () => {
    const before = readFileSync(join(exported, 'server_keys.yaml'), 'utf8')
    const { code, error } = await registry('export', exported, '--data', relay.dataDir)
    expect([code, error]).toEqual([2, `relay: ${join(exported, 'server_keys.yaml')} is there already\n`])
    expect(readFileSync(join(exported, 'server_keys.yaml'), 'utf8')).toBe(before)
  })

  test('with another master key writes nothing', async () => {
    const [dir, key] = [join(root, 'not-written'), join(root, 'other.key')]
    writeFileSync(key, `${'ab'.repeat(32)}\n`)
    const { code, error } = await registry('export', dir, '--data', relay.dataDir, '--master-key', key)
    expect([code, error]).toEqual([2, expect.stringContaining('encrypted under another master key')])
    expect(existsSync(dir)).toBe(false)
  })

  test('without a database or a master key says so, and makes none', async () => {
    const dir = dataDir('bare', false)
    expect((await registry('export', join(root, 'x'), '--data', dir)).error).toContain('there is no master key')
    copyFileSync(join(relay.dataDir, 'master.key'), join(dir, 'master.key'))
    expect((await registry('export', join(root, 'x'), '--data', dir)).error).toContain('there is no accounts.db')
    expect(existsSync(join(dir, 'accounts.db'))).toBe(false)
  })

  test('while the relay runs is refused', async () => {
    await relay.restart()
    try {
      const { code, error } = await registry('export', join(root, 'running'), '--data', relay.dataDir)
      expect([code, error]).toEqual([2, expect.stringContaining('keystore.in-use')])
    } finally {
      await relay.stop()
    }
  })
})

describe('import', () => {
  test('into another relay with the same master key: its devices go on there', async () => {
    const target = await spawnRelay()
    try {
      const own = await register(originOf(target), 'own')
      await target.stop()
      copyFileSync(join(relay.dataDir, 'master.key'), join(target.dataDir, 'master.key'))
      rmSync(join(target.dataDir, 'accounts.db'))
      const counts = (added: number, same: number) =>
        `imported ${added} devices; ${same} were here already; 0 were never completed and are left out\n`
      expect(await registry('import', exported, '--data', target.dataDir)).toEqual({ code: 0, out: counts(6, 0), error: '' })
      expect(await registry('import', exported, '--data', target.dataDir)).toEqual({ code: 0, out: counts(0, 6), error: '' })
      expect(storedIn(target.dataDir)).toEqual(storedIn(relay.dataDir))
      await target.restart()
      for (const device of devices) {
        const session = await openSession(originOf(target), device)
        const { body } = await call(originOf(target), device, session, { method: 'GET', target: '/session' })
        expect(body['client_id']).toBe(device.id)
      }
      await expect(openSession(originOf(target), own)).rejects.toThrow('unauthorized')
      await target.stop()
      const again = join(root, 'again')
      await registry('export', again, '--data', target.dataDir)
      const keys = (dir: string) => readFileSync(join(dir, 'server_keys.yaml'), 'utf8')
      expect(keys(again)).toBe(keys(exported))
    } finally {
      await target.dispose()
    }
  })

  test('a key that no client completed is left out', async () => {
    const dir = changedFiles('one-less', { clients: (text) => text.replace(/ {2}device-001:\n( {4}.*\n)+/, '') })
    const data = dataDir('one-less-data')
    expect((await registry('import', dir, '--data', data)).out).toContain('imported 5 devices; 0 were here already; 1 were never completed')
    expect(storedIn(data).map(({ clientId }) => clientId)).not.toContain('device-001')
  })

  test('with another master key changes nothing', async () => {
    const data = dataDir('other-key-data', false)
    writeFileSync(join(data, 'master.key'), `${'cd'.repeat(32)}\n`)
    const { code, error } = await registry('import', exported, '--data', data)
    expect([code, error]).toEqual([2, expect.stringMatching(/secret_key is encrypted under another master key; nothing was changed/)])
    expect(storedIn(data)).toEqual([])
  })

  test('never overwrites a client that has other keys, and then adds none of the others', async () => {
    const data = dataDir('taken-data')
    const rival = await spawnRelay(['--master-key', join(relay.dataDir, 'master.key')])
    await register(originOf(rival), 'null')
    await rival.stop()
    const rivals = join(root, 'rivals')
    await registry('export', rivals, '--data', rival.dataDir, '--master-key', join(relay.dataDir, 'master.key'))
    await rival.dispose()
    expect((await registry('import', rivals, '--data', data)).code).toBe(0)
    const before = storedIn(data)
    expect(await registry('import', exported, '--data', data)).toEqual({
      ...{ code: 2, out: '' },
      error: 'relay: null is registered here with other keys; nothing was changed\n',
    })
    expect(storedIn(data)).toEqual(before)
    expect(before).toHaveLength(1)
  })

  const secretOf = (text: string) => /cairn1\.[\w-]+/.exec(text)?.[0] ?? ''
  test.each<[string, Parameters<typeof changedFiles>[1], RegExp]>([
    ['no YAML', { keys: () => 'keys: [' }, /server_keys\.yaml, line \d+: not YAML/],
    ['a list', { keys: () => '- 1\n' }, /server_keys\.yaml, line 1: keys is not/],
    [
      'a field too much',
      { keys: (t) => t.replace('    public_key', '    admin: true\n    public_key') },
      /server_keys\.yaml, line 4: keys\.0x10\.admin is not/,
    ],
    [
      'a field too few',
      { clients: (t) => t.replace(/ {4}server_key_id: .*\n/, '') },
      /client_config\.yaml, line \d+: clients\.\S+\.server_key_id is not/,
    ],
    [
      'a bad key',
      { clients: (t) => t.replace(/client_public_key: .*/, 'client_public_key: abc') },
      /client_config\.yaml, line 4: clients\.0x10\.client_public_key is not/,
    ],
    ['a bad time', { clients: (t) => t.replace(/last_seen: .*/, 'last_seen: yesterday') }, /clients\.0x10\.last_seen is not/],
    ['one twice', { keys: (t) => t + t.split('\n').slice(1).join('\n') }, /server_keys\.yaml, line \d+: not YAML \(DUPLICATE_KEY\)/],
    ['aliases', { keys: (t) => t.replace(/created_at: .*/, 'created_at: &a x').replace(/(created_at: )[^&\n].*/, '$1*a') }, /aliases/],
    ['endless nesting', { keys: () => '['.repeat(200_000) }, /server_keys\.yaml/],
    [
      'a secret in the clear',
      { keys: (t) => t.replace(secretOf(t), base64(random(32))) },
      /keys\.0x10\.secret_key is not in the encrypted form/,
    ],
    [
      'a damaged secret',
      { keys: (t) => t.replace(secretOf(t), `${secretOf(t).slice(0, -4)}AAAA`) },
      /keys\.0x10\.secret_key is encrypted under another/,
    ],
    [
      'another public key',
      { keys: (t) => t.replace(/public_key: .*/, `public_key: ${base64(devices[0]?.serverKey ?? random(1))}`) },
      /keys\.0x10\.public_key is not that of its secret_key/,
    ],
    [
      'a key of low order',
      { clients: (t) => t.replace(/client_public_key: .*/, `client_public_key: ${base64(new Uint8Array(32))}`) },
      /no key to agree with/,
    ],
    [
      'the key of another',
      { clients: (t) => t.replace(/server_key_id: .*/, 'server_key_id: device-001') },
      /server_key_id names no key for it/,
    ],
    ['another name', { keys: (t) => t.replace(/client_id: .*/, 'client_id: other') }, /keys\.0x10 has another client_id/],
    ['a name that is none', { clients: (t) => t.replace(/ {2}"?0x10"?:/, '  __proto__:') }, /client_config\.yaml/],
  ])('refuses %s by name and place, quotes nothing, and changes nothing', (name, change, message) => {
    const files = changedFiles(`files ${name}`, change)
    const db = openAccounts(':memory:')
    const masterKey = readMasterKey(join(relay.dataDir, 'master.key'))
    let refusal: unknown = null
    try {
      importRegistry(files, { db, masterKey, primitives: node })
    } catch (error) {
      refusal = error
    }
    expect(refusal).toBeInstanceOf(RegistryError)
    expect((refusal as RegistryError).message).toMatch(message)
    const secrets = [...readFileSync(join(exported, 'server_keys.yaml'), 'utf8').matchAll(/cairn1\.([\w-]+)/g)].map(([, secret]) => secret)
    expect(secrets).toHaveLength(6)
    for (const secret of secrets) expect((refusal as RegistryError).message).not.toContain(secret?.slice(0, 8))
    expect(createRegistrationStore(db).devices()).toEqual([])
    db.close()
  })

  test('says what is wrong in one line', async () => {
    const files = changedFiles('one line', { keys: () => 'keys: [' })
    const answer = await registry('import', files, '--data', dataDir('one-line-data'))
    expect(answer).toEqual({ code: 2, out: '', error: expect.stringMatching(/^relay: server_keys\.yaml, line 1: not YAML \(\w+\)\n$/) })
  })

  test('refuses files that are missing, too large or no text', async () => {
    const data = dataDir('files-data')
    expect((await registry('import', join(root, 'nowhere'), '--data', data)).error).toContain('cannot read')
    const large = changedFiles('large', {})
    truncateSync(join(large, 'client_config.yaml'), 17 * 1024 * 1024)
    expect((await registry('import', large, '--data', data)).error).toContain('client_config.yaml is larger than 16777216 bytes')
    writeFileSync(join(large, 'server_keys.yaml'), Uint8Array.of(0x6b, 0xff))
    expect((await registry('import', large, '--data', data)).error).toContain('server_keys.yaml is not UTF-8')
  })
})

test.each([['registry'], ['registry', 'erase', 'x'], ['registry', 'export'], ['registry', 'export', 'a', 'b'], ['doctor', 'export', 'a']])(
  'knows no command %s %s',
  async (...words) => {
    const child = spawnProcess('src-relay/main.ts', words)
    expect(await child.exited).toBe(2)
    expect(child.stderr()).toContain(`knows no command ${words.join(' ')}`)
  },
)
