/** Every QR code of a picture, one after another: the decoder reads one at a time, so what was read is painted over. */
import { decodeQR, type FinderPoints, type Image } from 'qr/decode.js'

const codesMost = 4
/** Of the whole width and height, for a second look where the whole shows nothing. */
const partSize = 0.6

/** Bytes as Latin-1: whoever asks knows whether they are text. */
const textDecoder = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')

/** @param patience ms that the decoder may try harder, for each attempt; 0 for a camera, which shows the next frame soon */
export function findCodes(image: Image, patience: number): string[] {
  const found = new Set<string>()
  look(image, patience, found)
  if (found.size === 0 && patience > 0) for (const part of parts(image)) look(part, patience, found)
  return [...found]
}

function look(image: Image, patience: number, found: Set<string>): void {
  for (let i = 0; i < codesMost; i++) {
    let seen: FinderPoints | null = null
    try {
      found.add(decodeQR(image, { ...options(patience), textDecoder, pointsOnDetect: (points) => (seen = points) }))
    } catch {
      return // no further one
    }
    if (seen === null || patience === 0) return
    paintOver(image, seen)
  }
}

const options = (patience: number) => (patience === 0 ? {} : { effort: Infinity, timeLimit: patience })

function paintOver({ width, height, data }: Image, { boundingBox }: FinderPoints): void {
  const by = Math.max(boundingBox.width, boundingBox.height) * 0.04
  const [left, right] = [boundingBox.x - by, boundingBox.x + boundingBox.width + by].map((x) => Math.min(width, Math.max(0, Math.round(x))))
  const [top, bottom] = [boundingBox.y - by, boundingBox.y + boundingBox.height + by].map((y) =>
    Math.min(height, Math.max(0, Math.round(y))),
  )
  for (let y = top ?? 0; y < (bottom ?? 0); y++) data.fill(255, (y * width + (left ?? 0)) * 4, (y * width + (right ?? 0)) * 4)
}

/** Corners and middle, overlapping. */
function* parts(image: Image): Generator<Image> {
  const [width, height] = [Math.floor(image.width * partSize), Math.floor(image.height * partSize)]
  const [far, low] = [image.width - width, image.height - height]
  for (const [x, y] of [
    [0, 0],
    [far, 0],
    [0, low],
    [far, low],
    [far >> 1, low >> 1],
  ] as const)
    yield crop(image, x, y, width, height)
}

function crop(image: Image, x: number, y: number, width: number, height: number): Image {
  const data = new Uint8ClampedArray(width * height * 4)
  for (let row = 0; row < height; row++) {
    const from = ((y + row) * image.width + x) * 4
    data.set(image.data.subarray(from, from + width * 4), row * width * 4)
  }
  return { width, height, data }
}
