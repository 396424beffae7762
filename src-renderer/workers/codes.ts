/** Decodes pictures and frames of a camera off the main thread: a picture that takes long, or takes everything, does not stop the window. */
import { CairnError } from '#shared/errors.ts'
import { findCodes } from '../lib/findCodes.ts'
import { measurePicture, pictureLimits, scaledSize } from '../lib/pictures.ts'

export type CodesRequest = { id: number; picture: Blob } | { id: number; frame: ImageBitmap }
export type CodesAnswer =
  { id: number; codes: string[] } | { id: number; error: { code: string; details: Record<string, string | number> } }

/** ms for each attempt of the decoder. */
const patience = 700

self.onmessage = ({ data }: MessageEvent<CodesRequest>) => void answer(data).then((said) => self.postMessage(said))

async function answer(request: CodesRequest): Promise<CodesAnswer> {
  const { id } = request
  try {
    if ('frame' in request) return { id, codes: findCodes(pixels(request.frame), 0) }
    return { id, codes: findCodes(pixels(await decode(request.picture)), patience) }
  } catch (error) {
    const { code, details } = error instanceof CairnError ? error : new CairnError('picture.damaged', { cause: error })
    return { id, error: { code, details } }
  }
}

async function decode(picture: Blob): Promise<ImageBitmap> {
  const head = new Uint8Array(await picture.slice(0, pictureLimits.headBytes).arrayBuffer())
  const { width, height } = scaledSize(measurePicture(head))
  return createImageBitmap(picture, { resizeWidth: width, resizeHeight: height, resizeQuality: 'medium' })
}

function pixels(bitmap: ImageBitmap): ImageData {
  const { width, height } = bitmap
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
  if (!context) throw new CairnError('picture.damaged')
  context.fillStyle = '#fff' // what is transparent is paper
  context.fillRect(0, 0, width, height)
  context.drawImage(bitmap, 0, 0)
  bitmap.close()
  return context.getImageData(0, 0, width, height)
}
