import { describe, expect, test } from 'vitest'
import { createKdf, onThisThread } from '#main/crypto/kdf.ts'

const input = { passphrase: 'pässword ☃', salt: new Uint8Array(16).fill(5), memoryKiB: 1024, passes: 2, lanes: 1 }

describe.each([
  ['this runtime at its best', createKdf()],
  ['node:crypto, where this runtime has it', createKdf({ sodium: false })],
  ['noble in a worker', createKdf({ native: false })],
])('%s', { timeout: 30_000 }, (_, kdf) => {
  test('answers 32 bytes that depend on everything', async () => {
    const keys = await Promise.all(
      [
        input,
        { ...input, passphrase: 'password' },
        { ...input, passphrase: '' },
        { ...input, salt: new Uint8Array(16) },
        { ...input, memoryKiB: 2048 },
        { ...input, passes: 3 },
        { ...input, lanes: 2 },
      ].map(kdf),
    )
    expect(keys.every((key) => key.length === 32 && Object.getPrototypeOf(key) === Uint8Array.prototype)).toBe(true)
    expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(keys.length)
  })

  test('agrees with the other implementation', async () => {
    expect(await kdf(input)).toEqual(await createKdf({ native: false })(input))
  })

  test('lets the calling thread go on', async () => {
    let done = false
    let turns = 0
    const key = kdf({ ...input, memoryKiB: 16_384 }).finally(() => (done = true))
    while (!done) {
      await new Promise((resolve) => setImmediate(resolve))
      turns++
    }
    await key
    expect(turns).toBeGreaterThan(10)
  })

  test.each([
    ['a short salt', { salt: new Uint8Array(7) }],
    ['no lanes', { lanes: 0 }],
    ['too little memory', { memoryKiB: 7 }],
    ['absurd memory', { memoryKiB: 2 ** 40 }],
    ['half a pass', { passes: 0.5 }],
    ['no passes', { passes: 0 }],
  ])('refuses %s', async (_name, wrong) => {
    await expect(kdf({ ...input, ...wrong })).rejects.toThrow('crypto.failed')
  })
})

test('where no worker can start, the calling thread does it, with pauses', async () => {
  let turns = 0
  let done = false
  const key = onThisThread({ ...input, memoryKiB: 16_384 }).finally(() => (done = true))
  while (!done) {
    await new Promise((resolve) => setImmediate(resolve))
    turns++
  }
  expect(await key).toEqual(await createKdf({ native: false })({ ...input, memoryKiB: 16_384 }))
  expect(turns).toBeGreaterThan(1)
  await expect(onThisThread({ ...input, memoryKiB: -1 })).rejects.toThrow('crypto.failed')
})
