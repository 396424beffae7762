/** Accounts and key backup as another program, in another language, understands their description. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { httpOf, spawnAccountProcesses, type AccountProcesses } from '#test/support/accountProcesses.ts'
import { toHex } from '#test/support/providers.ts'

let all: AccountProcesses
beforeAll(async () => {
  all = await spawnAccountProcesses(['E011T7D'])
})
afterAll(() => all.dispose())

const python = (script: string, input = '', args: string[] = []): string => {
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', [join(import.meta.dirname, script), ...args], {
    input,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${script} ended with ${status}: ${stderr}`)
  return stdout
}

test('its sntrup761 gives the published answer (liboqs, PQCgenKAT_kem, first response)', () => {
  expect(python('sntrup761_answers.py').trim()).toBe('afc42c3a5b10f4ef69654250097ebda9b9564570f4086744b24a6daf2bd1f89a')
})

test('it computes the vectors of accounts and backups', { timeout: 60_000 }, () => {
  const checked = JSON.parse(python('account_vectors.py', '', [join(import.meta.dirname, '../vectors/own')])) as string[]
  const account = ['authSalt', 'authKey', 'encKey', 'signed', 'signature', 'encryptedPrivateKey', 'publicKey', 'challenge']
  expect(checked).toEqual([...account, 'body', 'mac', 'backup', 'body', 'mac', 'backup'])
})

test('an account is made, backed up, restored, given another password and deleted', { timeout: 180_000 }, () => {
  const eddsaSecret = toHex(all.keys[0]?.eddsaSecret ?? new Uint8Array())
  const place = { server: httpOf(all.server), keyServer: httpOf(all.keyServer), host: 'relay.example', code: 'E011T7D' }
  const output = python('key_backup.py', JSON.stringify({ ...place, eddsaSecret, password: 'pässwörd 密码' }))
  const steps = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
  expect(steps).toEqual([
    { step: 'registered', wrong: 401 },
    { step: 'kept', secured: true },
    { step: 'backup', put: 204, older: 409 },
    { step: 'restored', keys: true, backup: true },
    { step: 'changed', old: 401, new: true },
    { step: 'deleted', again: 401 },
  ])
})
