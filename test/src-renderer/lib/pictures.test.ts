import { describe, expect, test } from 'vitest'
import { isPicture, measurePicture, pictureLimits, scaledSize } from '../../../src-renderer/lib/pictures.ts'

const bytes = (...parts: (string | number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...part].map((char) => char.charCodeAt(0)) : part)))
const be32 = (n: number) => [(n >>> 24) & 255, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]
const le = (n: number, count: number) => Array.from({ length: count }, (_, i) => (n >>> (8 * i)) & 255)
const png = (width: number, height: number) =>
  bytes([0x89], 'PNG\r\n\u001a\n', be32(13), 'IHDR', be32(width), be32(height), [8, 6, 0, 0, 0])
const segment = (marker: number, length: number) => [0xff, marker, (length + 2) >> 8, (length + 2) & 255, ...Array<number>(length).fill(0)]
const jpeg = (width: number, height: number) =>
  bytes(
    [0xff, 0xd8],
    segment(0xe1, 3000),
    segment(0xdb, 65),
    [0xff, 0xc2, 0, 17, 8, height >> 8, height & 255, width >> 8, width & 255, 3],
    [0, 0, 0],
  )

describe('the size is known before anything is decoded', () => {
  test.each([
    ['PNG', png(1200, 800)],
    ['JPEG, after what the camera wrote', jpeg(1200, 800)],
    ['GIF', bytes('GIF89a', le(1200, 2), le(800, 2), [0, 0, 0])],
    ['BMP', bytes('BM', le(0, 16), le(1200, 4), le(800, 4), [0, 0])],
    ['WebP, extended', bytes('RIFF', le(0, 4), 'WEBPVP8X', le(10, 4), le(0, 4), le(1199, 3), le(799, 3))],
    ['WebP, lossy', bytes('RIFF', le(0, 4), 'WEBPVP8 ', le(0, 4), [0, 0, 0, 0x9d, 0x01, 0x2a], le(1200, 2), le(800, 2))],
    ['WebP, lossless', bytes('RIFF', le(0, 4), 'WEBPVP8L', le(0, 4), [0x2f], le(1199 | (799 << 14), 4))],
  ])('%s', (_, head) => expect(measurePicture(head)).toEqual({ width: 1200, height: 800 }))
})

describe('refused by name', () => {
  test('more pixels than can be looked at, also where the product overflows 32 bits', () => {
    for (const head of [png(10_001, 5_000), png(0xffffffff, 0xffffffff), jpeg(65_535, 65_535)])
      expect(() => measurePicture(head)).toThrow('picture.too-large')
    expect(measurePicture(png(10_000, 5_000))).toEqual({ width: 10_000, height: 5_000 })
  })
  test('what is cut before its size, or has none', () => {
    for (const head of [png(1200, 800).subarray(0, 18), jpeg(1200, 800).subarray(0, 3000), png(0, 800), bytes([0xff, 0xd8, 0xff])])
      expect(() => measurePicture(head)).toThrow('picture.damaged')
  })
  test('what is no picture of a known kind: SVG is a program', () => {
    for (const head of [
      bytes('<svg xmlns="http://www.w3.org/2000/svg">'),
      bytes('%PDF-1.7'),
      bytes(''),
      bytes('\u0000\u0000\u0000 ftypheic'),
    ])
      expect(() => measurePicture(head)).toThrow('picture.unsupported')
  })
})

test('large pictures are decoded smaller, with their proportions', () => {
  expect(scaledSize({ width: 1000, height: 700 })).toEqual({ width: 1000, height: 700 })
  expect(scaledSize({ width: pictureLimits.side * 2, height: 1000 })).toEqual({ width: pictureLimits.side, height: 500 })
  expect(scaledSize({ width: 49_000_000, height: 1 })).toEqual({ width: pictureLimits.side, height: 1 })
})

test('a picture is told from a text by its bytes or by what the system calls it', async () => {
  expect(await isPicture(new Blob([png(10, 10)]))).toBe(true)
  expect(await isPicture(new Blob(['<svg/>'], { type: 'image/svg+xml' }))).toBe(true)
  expect(await isPicture(new Blob(['-----BEGIN CAIRN INVITE-----']))).toBe(false)
  expect(await isPicture(new Blob([]))).toBe(false)
})
