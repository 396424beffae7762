/** The operator's commands, as they are typed, on what a real relay has left. */
import { execFile } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AccountClient } from '#test/support/accountClient.ts'
import { ask, register as registerUser } from '#test/support/directoryClient.ts'
import { createAccountClient } from '#test/support/accountClient.ts'
import { insertUser } from '#test/support/accountProcesses.ts'
import { spawnRelay, type RelayProcess } from '#test/support/processes.ts'
import { openAccounts } from '#relay/storage/accounts.ts'
import { register as registerDevice } from './registration/device.ts'

const run = promisify(execFile)
let relay: RelayProcess
let base: string
let client: AccountClient
let other: string

beforeEach(async () => {
  relay = await spawnRelay(['--trust-proxy'])
  await relay.stop()
  const keys = insertUser(relay.dataDir, 'E011T7D')
  await relay.restart()
  base = `http://127.0.0.1:${relay.port}`
  client = createAccountClient({ server: base, keyServer: base, host: 'relay.example', code: 'E011T7D' })
  await client.toServer('POST', '/register', client.registration('a password', keys))
  await client.authenticate('a password')
  await client.publish(keys)
  await client.newUser('a password', keys)
  await registerDevice(base, 'device-001')
  other = (await registerUser(base)).code
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
  expect(out).toContain(`  ${other}  `)
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
  expect([(await ask(base, 'GET', '/users/E011T7D')).status, (await ask(base, 'GET', `/users/${other}`)).status]).toEqual([404, 200])
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
