import { beforeAll, describe, expect, test } from 'vitest'
import { isCairnError } from '#shared/errors.ts'
import { kdfCost, keyFileLimit, unwrapKey, wrapKey, type WrapPorts } from '#main/storage/keyFile.ts'
import { createWrapPorts } from '#test/support/profileFolder.ts'

let ports: WrapPorts
let file: Uint8Array
const key = new Uint8Array(32).map((_, i) => i + 1)
const passphrase = 'correct horse battery staple'
const newerVersion = { code: 'keystore.newer-version', details: { file: 'cairn.key', found: 3, known: 2 } }

beforeAll(async () => {
  ports = await createWrapPorts()
  file = await wrapKey(key, passphrase, ports)
})

const unwrap = (bytes: Uint8Array, words = passphrase): Promise<Uint8Array> => unwrapKey(bytes, words, ports)
const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'accepted',
    (error: unknown) => (isCairnError(error) ? error.code : String(error)),
  )
const withChecksum = (body: Uint8Array): Uint8Array => new Uint8Array(Buffer.concat([body, ports.primitives.sha256(body)]))
/** The file with bytes replaced and the checksum made right again: what an attacker, or another version, would write. */
function forged(at: number, ...bytes: number[]): Uint8Array {
  const body = file.slice(0, -32)
  body.set(bytes, at)
  return withChecksum(body)
}

test('wraps a key so that the passphrase gets it back', async () => {
  expect(await unwrap(file)).toEqual(key)
})

test('has the documented layout', () => {
  const view = new DataView(file.buffer)
  expect(file).toHaveLength(139)
  expect(new TextDecoder().decode(file.subarray(0, 8))).toBe('CairnKey')
  expect([file[8], file[9], view.getUint32(10), view.getUint32(14), file[18]]).toEqual([1, 1, 65536, 3, 1])
  expect(kdfCost).toEqual({ memoryKiB: 65536, passes: 3, lanes: 1 })
})

test('gives the KDF the salt and the cost that the file names', async () => {
  const asked: unknown[] = []
  await unwrapKey(file, passphrase, { ...ports, kdf: (input) => (asked.push(input), ports.kdf(input)) })
  expect(asked).toEqual([{ passphrase, salt: file.slice(19, 35), memoryKiB: 65536, passes: 3, lanes: 1 }])
})

test('wraps with a new salt and nonce each time', async () => {
  const second = await wrapKey(key, passphrase, ports)
  expect(second.slice(19, 35)).not.toEqual(file.slice(19, 35))
  expect(second.slice(35, 59)).not.toEqual(file.slice(35, 59))
})

test('takes a passphrase in any Unicode form of the same letters', async () => {
  const composed = await wrapKey(key, 'Gr\u00fc\u00dfe f\u00fcr dich', ports)
  expect(await unwrap(composed, 'Gru\u0308\u00dfe fu\u0308r dich')).toEqual(key)
})

test.each(['', 'Correct horse battery staple', `${passphrase} `, 'x'.repeat(1024)])('refuses the passphrase "%s"', async (wrong) => {
  expect(await codeOf(unwrap(file, wrong))).toBe('keystore.wrong-passphrase')
})

test('calls every flipped bit damage, never a wrong passphrase', async () => {
  for (let bit = 0; bit < file.length * 8; bit += 1) {
    const flipped = file.slice()
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    expect(await codeOf(unwrap(flipped)), `bit ${bit}`).toBe('keystore.damaged')
  }
})

test('calls every cut and every addition damage', async () => {
  for (let length = 0; length < file.length; length += 1) expect(await codeOf(unwrap(file.subarray(0, length)))).toBe('keystore.damaged')
  for (const more of [1, 32, keyFileLimit]) {
    expect(await codeOf(unwrap(new Uint8Array(Buffer.concat([file, Buffer.alloc(more)]))))).toBe('keystore.damaged')
  }
})

describe('with a right checksum', () => {
  test('a newer version is named so, whatever it holds', async () => {
    const longer = withChecksum(new Uint8Array(Buffer.concat([forged(8, 3).subarray(0, 60), Buffer.alloc(500, 7)])))
    await expect(unwrap(forged(8, 3))).rejects.toMatchObject(newerVersion)
    await expect(unwrap(longer)).rejects.toMatchObject(newerVersion)
  })

  test.each([
    ['version 0', 8, [0]],
    ['another KDF', 9, [2]],
    ['too little memory', 10, [0, 0, 0, 8]],
    ['too much memory', 10, [0x7f, 0xff, 0xff, 0xff]],
    ['no pass', 14, [0, 0, 0, 0]],
    ['too many passes', 14, [0, 0, 0, 17]],
    ['no lane', 18, [0]],
    ['too many lanes', 18, [9]],
  ])('%s is damage, and the KDF is never started', async (_, at, bytes) => {
    const kdf = (): Promise<never> => Promise.reject(new Error('the KDF ran'))
    expect(await codeOf(unwrapKey(forged(at, ...bytes), passphrase, { ...ports, kdf }))).toBe('keystore.damaged')
  })

  test('a changed length of the same version is damage', async () => {
    expect(await codeOf(unwrap(withChecksum(file.slice(0, -33))))).toBe('keystore.damaged')
  })

  test('the wrap binds version, cost, salt, nonce and key', async () => {
    for (const [at, ...bytes] of [
      [10, 0, 0, 0x80, 0],
      [14, 0, 0, 0, 4],
      [18, 2],
      [19, file[19]! ^ 1],
      [35, file[35]! ^ 1],
      [60, file[60]! ^ 1],
    ] as const) {
      expect(await codeOf(unwrap(forged(at, ...bytes)))).toBe('keystore.wrong-passphrase')
    }
  })

  test('the cost is bound by more than the key it derives', async () => {
    const kdf = (): Promise<Uint8Array> => Promise.resolve(new Uint8Array(32))
    const constant = await wrapKey(key, passphrase, { ...ports, kdf })
    const body = constant.slice(0, -32)
    body[17] = 4
    expect(await codeOf(unwrapKey(withChecksum(body), passphrase, { ...ports, kdf }))).toBe('keystore.wrong-passphrase')
  })
})

test('a KDF that fails is not taken for a wrong passphrase', async () => {
  const kdf = (): Promise<never> => Promise.reject(new Error('out of memory'))
  await expect(unwrapKey(file, passphrase, { ...ports, kdf })).rejects.toThrow('out of memory')
})
