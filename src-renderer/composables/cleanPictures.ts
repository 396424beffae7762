import { CairnError, errorCodes, type ErrorCode } from '#shared/errors.ts'
import type { CleanPicture, PictureAnswer, PictureRequest } from '../workers/pictures.ts'

/** A picture that takes longer takes everything. */
const patience = 30_000
let nextId = 1

/** One worker for each picture: what it holds of it is gone with it. Errors: `picture.*`. */
export function cleanPicture(picture: Blob, keep: boolean): Promise<CleanPicture> {
  const worker = new Worker(new URL('../workers/pictures.ts', import.meta.url), { type: 'module' })
  const id = nextId++
  return new Promise<CleanPicture>((resolve, reject) => {
    const timer = setTimeout(() => reject(new CairnError('picture.slow')), patience)
    worker.onerror = () => reject(new CairnError('picture.damaged'))
    worker.onmessage = ({ data }: MessageEvent<PictureAnswer>) => {
      clearTimeout(timer)
      if ('clean' in data) resolve(data.clean)
      else reject(new CairnError(Object.hasOwn(errorCodes, data.error.code) ? (data.error.code as ErrorCode) : 'picture.damaged'))
    }
    worker.postMessage({ id, picture, keep } satisfies PictureRequest)
  }).finally(() => worker.terminate())
}
