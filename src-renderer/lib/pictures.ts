/** Pictures from outside: told by their first bytes and measured before anything decodes them. */
import { CairnError } from '#shared/errors.ts'

export const pictureLimits = {
  bytes: 32 * 1024 * 1024,
  pixels: 50_000_000,
  /** Larger ones are scaled down to this; a whole invite is 141 modules wide. */
  side: 2600,
  /** A camera writes much about itself before a picture's size. */
  headBytes: 1024 * 1024,
} as const

export interface Size {
  width: number
  height: number
}

const ascii = (bytes: Uint8Array, from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to))

type Measure = (view: DataView, bytes: Uint8Array) => Size | null
const png: Measure = (view) => ({ width: view.getUint32(16), height: view.getUint32(20) })
const gif: Measure = (view) => ({ width: view.getUint16(6, true), height: view.getUint16(8, true) })
const bmp: Measure = (view) => ({ width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) })
const u24 = (view: DataView, at: number) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16)
const webp: Measure = (view, bytes) => {
  const chunk = ascii(bytes, 12, 16)
  if (chunk === 'VP8X') return { width: u24(view, 24) + 1, height: u24(view, 27) + 1 }
  if (chunk === 'VP8 ') return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff }
  if (chunk !== 'VP8L') return null
  const bits = view.getUint32(21, true)
  return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 }
}
/** A JPEG is a row of segments; the one that starts a frame has the size. */
const jpeg: Measure = (view, bytes) => {
  for (let at = 2; at + 9 < bytes.length;) {
    if (bytes[at] !== 0xff) return null
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) at += 1
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) }
    else at += 2 + view.getUint16(at + 2)
  }
  return null
}

const formats: { is: (bytes: Uint8Array) => boolean; measure: Measure }[] = [
  { is: (bytes) => ascii(bytes, 0, 8) === '\u0089PNG\r\n\u001a\n', measure: png },
  { is: (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff, measure: jpeg },
  { is: (bytes) => /^GIF8[79]a/.test(ascii(bytes, 0, 6)), measure: gif },
  { is: (bytes) => ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 12) === 'WEBP', measure: webp },
  { is: (bytes) => ascii(bytes, 0, 2) === 'BM' && bytes.length > 26, measure: bmp },
]

/** Whether a file means to be a picture, also one that this program does not read. */
export async function isPicture(file: Blob): Promise<boolean> {
  if (file.type.startsWith('image/')) return true
  const head = new Uint8Array(await file.slice(0, 64).arrayBuffer())
  return formats.some(({ is }) => is(head))
}

/**
 * The size it says it has.
 * @throws CairnError `picture.unsupported` (SVG too: it is a program, not a picture), `picture.damaged`, `picture.too-large`
 */
export function measurePicture(head: Uint8Array): Size {
  const format = formats.find(({ is }) => is(head))
  if (!format) throw new CairnError('picture.unsupported')
  const size = measured(format.measure, head)
  if (!size || size.width === 0 || size.height === 0) throw new CairnError('picture.damaged')
  if (size.width * size.height > pictureLimits.pixels) throw new CairnError('picture.too-large', { details: { ...size } })
  return size
}

function measured(measure: Measure, head: Uint8Array): Size | null {
  try {
    return measure(new DataView(head.buffer, head.byteOffset, head.byteLength), head)
  } catch {
    return null // it ends before its size
  }
}

/** The size to decode it at. */
export function scaledSize({ width, height }: Size): Size {
  const scale = Math.min(1, pictureLimits.side / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}
