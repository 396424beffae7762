/** The operator's commands, as they are typed, on what a real relay has left. */
import { execFile } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AccountKeys } from '#main/protocol/accountKey.ts'
import type { AccountClient } from '#test/support/accountClient.ts'
import { ask, connectUser, register as registerUser, type TestUser } from '#test/support/directoryClient.ts'
import { createAccountClient } from '#test/support/accountClient.ts'
import { insertUser } from '#test/support/accountProcesses.ts'
import { spawnRelay, type RelayProcess } from '#test/support/processes.ts'
import { node } from '#test/support/providers.ts'
import { openAccounts } from '#relay/storage/accounts.ts'
import { askSession, codeOf, openSession, call, random, register as registerDevice, type Device } from './registration/device.ts'

const run = promisify(execFile)
let relay: RelayProcess
let base: string
let client: AccountClient
let other: TestUser
let device: Device

beforeEach(async () => {
  let keys = {} as AccountKeys
  relay = await spawnRelay(['--trust-proxy'], (dir) => {
    keys = insertUser(dir, 'E011T7D')
  })
  base = `http://127.0.0.1:${relay.port}`
  client = createAccountClient({ server: base, keyServer: base, host: 'relay.example', code: 'E011T7D' })
  await client.toServer('POST', '/register', client.registration('a password', keys))
  await client.authenticate('a password')
  await client.publish(keys)
  await client.newUser('a password', keys)
  device = await registerDevice(base, 'device-001')
  other = await registerUser(base)
})
afterEach(() => relay.dispose())

const admin = async (...words: string[]): Promise<{ code: number; out: string; err: string }> => {
  try {
    const { stdout, stderr } = await run(process.execPath, ['src-relay/main.ts', 'admin', ...words, '--data', relay.dataDir])
    return { code: 0, out: stdout, err: stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, out: stdout, err: stderr }
  }
}

test('lists who is there; not while the relay runs', async () => {
  expect(await admin('list')).toMatchObject({ code: 2, err: expect.stringContaining('keystore.in-use') as string })
  await relay.stop()
  const { out } = await admin('list')
  expect(out).toMatch(/^2 users, 1 with an account/)
  expect(out).toMatch(/ {2}E011T7D {2}since \d{4}-\d\d-\d\d {2}account [0-9a-f]{32} {2}no backup {2}0 waiting\n/)
  expect(out).toContain(`  ${other.code}  `)
  expect(out).toMatch(/1 devices\n {2}device-001 {2}since/)
})

test('revokes sessions and devices: signing in again takes the password, registering again a new key', async () => {
  await relay.stop()
  expect((await admin('revoke', 'e0iit7d')).out).toBe('E011T7D: 1 sessions ended; signing in again takes the password\n')
  expect((await admin('revoke-device', 'device-001')).out).toContain('revoked')
  await relay.restart()
  expect((await client.toServer('GET', '/accessToken?operation=getKey')).status).toBe(401)
  expect((await client.authenticate('a password')).status).toBe(200)
  await registerDevice(base, 'device-001')
})

test('purges a user with all that belongs to them, and nobody else', async () => {
  await relay.stop()
  expect((await admin('purge', 'E011T7D')).code).toBe(0)
  expect((await admin('compact')).out).toBe('compacted\n')
  await relay.restart()
  expect((await client.authenticate('a password')).status).toBe(401)
  expect([(await ask(base, 'GET', '/users/E011T7D')).status, (await ask(base, 'GET', `/users/${other.code}`)).status]).toEqual([404, 200])
})

test('quotas are listed, and one device or user has more, less or nothing from the next start on', async () => {
  const asked = async (count: number) => {
    const statuses: number[] = []
    for (let i = 0; i < count; i++) statuses.push((await askSession(base, device, node.x25519.publicKey(random(32)))).status)
    return statuses
  }
  await relay.stop()
  expect((await admin('quota')).out).toMatch(/for each device\n {2}open sealed sessions +30 at once, then one in 5 s\n[^]*nothing is set/)
  expect((await admin('quota', 'device', 'device-001', '0.1')).out).toBe('device device-001: × 0.1; from the next start on\n')
  await relay.restart()
  expect(await asked(4)).toEqual([200, 200, 200, 429])

  await relay.stop()
  await admin('quota', 'device', 'device-001', '2')
  expect((await admin('quota', 'user', other.code.toLowerCase(), 'off')).code).toBe(0)
  await admin('quota', 'user', 'E011T7D', 'off')
  const { out } = await admin('quota')
  expect(out).toContain(`  device device-001: × 2\n`)
  expect(out).toContain(`  user ${other.code}: off\n`)
  await relay.restart()
  expect(new Set(await asked(31))).toEqual(new Set([200]))
  const blocked = await connectUser(base, other)
  expect([await blocked.closed, blocked.kinds()]).toEqual([1008, ['forbidden']])
  expect((await client.authenticate('a password')).status).toBe(403)
  expect((await client.toServer('GET', '/accessToken?operation=getKey')).status).toBe(403) // on the session that is open
  const session = await openSession(base, device)

  await relay.stop()
  for (const name of ['E011T7D', other.code]) expect((await admin('quota', 'user', name, 'default')).out).toContain('as everybody again')
  await admin('quota', 'device', 'device-001', 'off')
  await relay.restart()
  expect((await client.authenticate('a password')).status).toBe(200)
  expect((await connectUser(base, other)).kinds()).toEqual(['connect_ack'])
  expect(await asked(1)).toEqual([403])
  expect(codeOf(await call(base, device, session, { method: 'GET', target: '/session' }))).toEqual([401, 'unauthorized'])
})

test('what was set for a user goes with them', async () => {
  await relay.stop()
  await admin('quota', 'user', 'E011T7D', '0.5')
  await admin('quota', 'user', other.code, '0.5')
  await admin('purge', 'E011T7D')
  const { out } = await admin('quota')
  expect(out).not.toContain('E011T7D')
  expect(out).toContain(`user ${other.code}: × 0.5`)
})

test('a backup is a database that a relay runs on; none is written over another file', async () => {
  await relay.stop()
  const copy = join(relay.dataDir, 'copy.db')
  expect((await admin('backup', copy)).out).toContain('backed up')
  expect((await admin('backup', copy)).err).toContain('is there already')
  const { renameSync, rmSync } = await import('node:fs')
  for (const end of ['', '-wal', '-shm']) rmSync(join(relay.dataDir, `accounts.db${end}`), { force: true })
  renameSync(copy, join(relay.dataDir, 'accounts.db'))
  await relay.restart()
  expect((await client.authenticate('a password')).status).toBe(200)
})

test('what is not there, or no command, is refused in words and changes nothing', async () => {
  await relay.stop()
  const before = await admin('list')
  const refused: [words: string[], said: string][] = [
    [['revoke', 'AAAAAAA'], 'nobody has the code AAAAAAA'],
    [['purge', '../../etc'], 'nobody has the code'],
    [['revoke-device', 'device-002'], 'no device is called device-002'],
    [['quota', 'user', 'AAAAAAA', '2'], 'nobody has the code AAAAAAA'],
    [['quota', 'device', 'device-002', '2'], 'no device is called device-002'],
    [['quota', 'device', 'device-001'], 'a factor from 0.01 to 100'],
    [['quota', 'device', 'device-001', '0'], 'a factor from 0.01 to 100'],
    [['quota', 'device', 'device-001', '101'], 'a factor from 0.01 to 100'],
    [['quota', 'device', 'device-001', '1e2'], 'a factor from 0.01 to 100'],
    [['quota', 'address', '192.0.2.1', 'off'], 'device CLIENT_ID or user CODE'],
    [['quota', 'device', 'device-001', 'off', 'on'], 'device CLIENT_ID or user CODE'],
    [['purge'], 'knows no command'],
    [['list', 'all'], 'knows no command'],
    [['drop', 'E011T7D'], 'knows no command'],
  ]
  for (const [words, said] of refused) {
    const { code, out, err } = await admin(...words)
    expect([words, code, out, err.includes(said)]).toEqual([words, 2, '', true])
  }
  expect(await admin('list')).toEqual(before)
})

test('a damaged database is named', async () => {
  await relay.stop()
  writeFileSync(join(relay.dataDir, 'accounts.db'), 'not a database at all'.repeat(500))
  expect((await admin('list')).err).toContain('keystore.damaged')
  expect(() => openAccounts(relay.dataDir)).toThrow('keystore.damaged')
  expect(existsSync(join(relay.dataDir, 'accounts.db'))).toBe(true)
})
