/**
 * Pictures as they are sent: decoded and encoded anew off the main thread, turned as their camera wrote, so that nothing goes with them
 * but what is seen: no place, no time, no device, no earlier version.
 */
import { limits } from '#shared/contract/limits.ts'
import { CairnError } from '#shared/errors.ts'
import { measurePicture, pictureLimits, type Size } from '../lib/pictures.ts'

export interface PictureRequest {
  id: number
  picture: Blob
  /** It is only looked at: its own bytes go. */
  keep: boolean
}
export interface CleanPicture {
  /** Null where its own bytes go. */
  picture: Blob | null
  /** A WebP or JPEG of at most `limits.previewBytes`; null where none is small enough. */
  preview: Uint8Array | null
  width: number
  height: number
}
export type PictureAnswer = { id: number; clean: CleanPicture } | { id: number; error: { code: string } }

/** No screen shows more. */
const longestSide = 4096
const previewSides = [280, 200, 140, 96]

self.onmessage = ({ data }: MessageEvent<PictureRequest>) => void answer(data).then((said) => self.postMessage(said))

async function answer({ id, picture, keep }: PictureRequest): Promise<PictureAnswer> {
  try {
    return { id, clean: await clean(picture, keep) }
  } catch (error) {
    return { id, error: { code: error instanceof CairnError ? error.code : 'picture.damaged' } }
  }
}

async function clean(picture: Blob, keep: boolean): Promise<CleanPicture> {
  measurePicture(new Uint8Array(await picture.slice(0, pictureLimits.headBytes).arrayBuffer()))
  const bitmap = await createImageBitmap(picture, { imageOrientation: 'from-image' })
  const size = within(bitmap, longestSide)
  try {
    const encoded = keep
      ? null
      : await draw(bitmap, size, picture.type === 'image/jpeg').convertToBlob({ type: picture.type, quality: 0.9 })
    return { picture: encoded, preview: await previewOf(bitmap), ...size }
  } finally {
    bitmap.close()
  }
}

const within = ({ width, height }: Size, side: number): Size => {
  const scale = Math.min(1, side / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

function draw(bitmap: ImageBitmap, { width, height }: Size, opaque: boolean): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  if (!context) throw new CairnError('picture.damaged')
  context.imageSmoothingQuality = 'high'
  if (opaque) {
    context.fillStyle = '#fff'
    context.fillRect(0, 0, width, height)
  }
  context.drawImage(bitmap, 0, 0, width, height)
  return canvas
}

async function previewOf(bitmap: ImageBitmap): Promise<Uint8Array | null> {
  for (const side of previewSides) {
    const small = await draw(bitmap, within(bitmap, side), false).convertToBlob({ type: 'image/webp', quality: 0.6 })
    if (small.size <= limits.previewBytes) return new Uint8Array(await small.arrayBuffer())
  }
  return null
}
