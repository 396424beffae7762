/** `cairn.key`, version 2: wrapped by a secret that the system's keychain seals. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { isCairnError } from '#shared/errors.ts'
import { unlockOf, unwrapKey, wrapKey, type WrapPorts } from '#main/storage/keyFile.ts'
import { changePassphrase, createKeystore, keystoreUnlock, openKeystore } from '#main/storage/keystore.ts'
import { createMemoryKeychain, type MemoryKeychain } from '#test/support/memoryVault.ts'
import { createWrapPorts, snapshot, temporaryFolder } from '#test/support/profileFolder.ts'

const key = new Uint8Array(32).map((_, i) => i + 1)
let keychain: MemoryKeychain
let ports: WrapPorts
let file: Uint8Array

beforeEach(async () => {
  keychain = createMemoryKeychain()
  ports = { ...(await createWrapPorts()), keyVault: keychain.vault() }
  file = await wrapKey(key, null, ports)
})

const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'accepted',
    (error: unknown) => (isCairnError(error) ? error.code : String(error)),
  )
const unwrap = (bytes: Uint8Array, passphrase: string | null = null) => unwrapKey(bytes, passphrase, ports)
const withChecksum = (body: Uint8Array) => new Uint8Array(Buffer.concat([body, ports.primitives.sha256(body)]))
function forged(at: number, ...bytes: number[]): Uint8Array {
  const body = file.slice(0, -32)
  body.set(bytes, at)
  return withChecksum(body)
}

test('the keychain gets the key back, whatever passphrase is said', async () => {
  expect(await unwrap(file)).toEqual(key)
  expect(await unwrap(file, 'anything')).toEqual(key)
  expect(unlockOf(file, ports.primitives)).toBe('keychain')
})

test('has the documented layout', () => {
  const length = file[10]! * 256 + file[11]!
  expect(new TextDecoder().decode(file.subarray(0, 8))).toBe('CairnKey')
  expect([file[8], file[9], length]).toEqual([2, 1, 60]) // 12 of nonce, 16 of tag, 32 of secret, in this keychain
  expect(file).toHaveLength(12 + length + 24 + 48 + 32)
})

test('the key is in it only under the keychain’s secret, and each wrap has another', async () => {
  const second = await wrapKey(key, null, ports)
  expect(Buffer.from(second).equals(Buffer.from(file))).toBe(false)
  expect(Buffer.from(file).includes(Buffer.from(key))).toBe(false)
})

test('every flipped bit, every cut and every addition is damage, and the keychain is not asked', async () => {
  const asked = { ...ports, keyVault: { ...keychain.vault(), open: () => Promise.reject(new Error('the keychain was asked')) } }
  for (let bit = 0; bit < file.length * 8; bit += 1) {
    const flipped = file.slice()
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    expect(await codeOf(unwrapKey(flipped, null, asked)), `bit ${bit}`).toBe('keystore.damaged')
  }
  for (let length = 0; length < file.length; length += 1)
    expect(await codeOf(unwrapKey(file.subarray(0, length), null, asked))).toBe('keystore.damaged')
})

describe('with a right checksum', () => {
  test.each([
    ['another kind of vault', 9, [2]],
    ['no sealed secret', 10, [0, 0]],
    ['a longer secret than there is', 10, [0, 61]],
    ['a shorter secret than there is', 10, [0, 59]],
    ['an absurd length', 10, [255, 255]],
  ])('%s is damage', async (_, at, bytes) => {
    expect(await codeOf(unwrap(forged(at, ...bytes)))).toBe('keystore.damaged')
  })

  test('a changed secret, nonce or key is refused', async () => {
    for (const at of [12, 40, 12 + 60, 12 + 60 + 24]) expect(await codeOf(unwrap(forged(at, file[at]! ^ 1)))).toBe('keychain.refused')
  })
})

test('what the keychain cannot do is named', async () => {
  expect(await codeOf(unwrapKey(file, null, { ...ports, keyVault: createMemoryKeychain().vault() }))).toBe('keychain.refused')
  expect(await codeOf(unwrapKey(file, null, { ...ports, keyVault: null }))).toBe('keychain.unavailable')
  expect(await codeOf(wrapKey(key, null, { ...ports, keyVault: null }))).toBe('keychain.unavailable')
  const wrong = { ...keychain.vault(), open: async () => new Uint8Array(31) }
  expect(await codeOf(unwrapKey(file, null, { ...ports, keyVault: wrong }))).toBe('keychain.refused')
  const huge = { ...keychain.vault(), seal: async () => new Uint8Array(4000) }
  expect(await codeOf(wrapKey(key, null, { ...ports, keyVault: huge }))).toBe('keychain.unavailable')
  keychain.lock()
  expect(await codeOf(unwrap(file))).toBe('keychain.locked')
})

test('a passphrase’s file is as it was, and does not open without one', async () => {
  const old = await wrapKey(key, 'correct horse', ports)
  expect([old[8], old.length, unlockOf(old, ports.primitives)]).toEqual([1, 139, 'passphrase'])
  expect(await codeOf(unwrap(old, null))).toBe('keystore.wrong-passphrase')
})

describe('a keystore', () => {
  test('is created and opened by the keychain; refused, it changes no byte; and a passphrase can follow', async () => {
    const { path, remove } = temporaryFolder()
    const dir = join(path, 'profile')
    expect(keystoreUnlock(dir, ports)).toBeNull()
    ;(await createKeystore({ ...ports, dir, passphrase: null })).close()
    expect(keystoreUnlock(dir, ports)).toBe('keychain')
    keychain.lock()
    const before = snapshot(dir)
    expect(await codeOf(openKeystore({ ...ports, dir, passphrase: null }))).toBe('keychain.locked')
    expect(snapshot(dir)).toEqual(before)
    keychain.unlock()
    ;(await openKeystore({ ...ports, dir, passphrase: null })).close()
    await changePassphrase({ ...ports, dir, passphrase: null, newPassphrase: 'correct horse' })
    expect(keystoreUnlock(dir, ports)).toBe('passphrase')
    expect(readFileSync(join(dir, 'cairn.key'))[8]).toBe(1)
    ;(await openKeystore({ ...ports, keyVault: null, dir, passphrase: 'correct horse' })).close()
    remove()
  })

  test('that could not be sealed is not there', async () => {
    const { path, remove } = temporaryFolder()
    keychain.lock()
    expect(await codeOf(createKeystore({ ...ports, dir: join(path, 'profile'), passphrase: null }))).toBe('keychain.locked')
    expect(keystoreUnlock(join(path, 'profile'), ports)).toBeNull()
    remove()
  })
})
