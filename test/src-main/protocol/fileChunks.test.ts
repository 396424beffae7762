import { createHmac, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { chunkBlobSize, chunkBytes, chunkCount, chunkLength, chunkSeed, openChunk, sealChunk } from '#main/protocol/fileChunks.ts'
import { node as primitives } from '#test/support/providers.ts'

const random = (length: number) => new Uint8Array(randomBytes(length))
const context = { primitives, random, now: 0 }
const fileOf = (size: number) => ({ secret: random(32), size })
const chunkOf = (size: number, i: number) => random(chunkLength(size, i))
const u32 = (n: number) => Buffer.from([n >>> 24, n >>> 16, n >>> 8, n])

describe('chunks of a file', () => {
  it.each([
    [0, 1, [4096]],
    [1, 1, [4096]],
    [4055, 1, [4096]],
    [4056, 1, [16_384]],
    [16_343, 1, [16_384]],
    [16_344, 1, [65_536]],
    [chunkBytes, 1, [65_536]],
    [chunkBytes + 1, 2, [65_536, 4096]],
    [2 * chunkBytes, 2, [65_536, 65_536]],
  ])('of %i bytes are %i, of the sizes of blobs', (size, count, sizes) => {
    expect(chunkCount(size)).toBe(count)
    const file = fileOf(size)
    const chunks = sizes.map((_, i) => chunkOf(size, i))
    const blobs = chunks.map((chunk, i) => sealChunk(context, file, i, chunk))
    expect(blobs.map(({ length }) => length)).toEqual(sizes)
    expect(sizes.map((_, i) => chunkBlobSize(size, i))).toEqual(sizes)
    expect(blobs.map((blob, i) => openChunk(primitives, file, i, blob))).toEqual(chunks)
  })

  it('are 1,602 in the largest file', () => {
    expect(chunkCount(100 * 1024 * 1024)).toBe(1602)
  })

  it('lie where HMAC says, each at a place that tells nothing of another’s', () => {
    const secret = random(32)
    const expected = (i: number) => new Uint8Array(createHmac('sha256', secret).update('cairn/1 file place').update(u32(i)).digest())
    expect([0, 1, 1601].map((i) => chunkSeed(primitives, secret, i))).toEqual([0, 1, 1601].map(expected))
  })

  it('open nowhere but in their own place, in a file of their own size and secret', () => {
    const size = 3 * chunkBytes
    const file = fileOf(size)
    const blob = sealChunk(context, file, 1, chunkOf(size, 1))
    const refused = { code: 'crypto.failed' }
    expect(() => openChunk(primitives, file, 0, blob)).toThrow(expect.objectContaining(refused))
    expect(() => openChunk(primitives, file, 2, blob)).toThrow(expect.objectContaining(refused))
    expect(() => openChunk(primitives, { ...file, size: size + 1 }, 1, blob)).toThrow(expect.objectContaining(refused))
    expect(() => openChunk(primitives, { ...file, size: 2 * chunkBytes }, 1, blob)).toThrow(expect.objectContaining(refused))
    expect(() => openChunk(primitives, { ...file, secret: random(32) }, 1, blob)).toThrow(expect.objectContaining(refused))
    expect(() => openChunk(primitives, file, 1, blob.subarray(0, 16_384))).toThrow(expect.objectContaining(refused))
    for (const at of [0, 23, 24, 40_000, 65_535]) {
      const damaged = blob.slice()
      damaged[at] = (damaged[at] ?? 0) ^ 1
      expect(() => openChunk(primitives, file, 1, damaged)).toThrow(expect.objectContaining(refused))
    }
  })

  it('have their own length and no other', () => {
    const file = fileOf(chunkBytes + 5)
    expect(() => sealChunk(context, file, 0, random(chunkBytes - 1))).toThrow(expect.objectContaining({ code: 'codec.malformed' }))
    expect(() => sealChunk(context, file, 1, random(6))).toThrow(expect.objectContaining({ code: 'codec.malformed' }))
  })
})
