import { onUnmounted } from 'vue'
import { CairnError, type ErrorCode } from '#shared/errors.ts'
import { pickCode, type CodeKind } from '../lib/codes.ts'
import { pictureLimits } from '../lib/pictures.ts'
import type { CodesAnswer, CodesRequest } from '../workers/codes.ts'

/** A picture that takes longer has won nothing. */
const longestMs = 15_000

type Work = { picture: Blob } | { frame: ImageBitmap }

/** Reads QR codes out of pictures and frames, in a worker that lives as long as whoever asked. */
export function useCodeReader() {
  let worker: Worker | null = null
  let last = 0
  const waiting = new Map<number, { resolve: (codes: string[]) => void; reject: (error: unknown) => void }>()

  function start(): Worker {
    const made = new Worker(new URL('../workers/codes.ts', import.meta.url), { type: 'module' })
    made.onmessage = ({ data }: MessageEvent<CodesAnswer>) => {
      const asker = waiting.get(data.id)
      waiting.delete(data.id)
      if ('codes' in data) asker?.resolve(data.codes)
      else asker?.reject(new CairnError(data.error.code as ErrorCode, { details: data.error.details }))
    }
    made.onerror = () => stop(new CairnError('picture.damaged'))
    return made
  }

  function stop(why: CairnError): void {
    worker?.terminate()
    worker = null
    for (const { reject } of waiting.values()) reject(why)
    waiting.clear()
  }

  async function ask(work: Work): Promise<string[]> {
    const id = ++last
    worker ??= start()
    const answer = new Promise<string[]>((resolve, reject) => waiting.set(id, { resolve, reject }))
    worker.postMessage({ id, ...work } satisfies CodesRequest, 'frame' in work ? [work.frame] : [])
    const timer = setTimeout(() => stop(new CairnError('picture.slow')), longestMs)
    try {
      return await answer
    } finally {
      clearTimeout(timer)
    }
  }

  /** The text of the one code of that kind in a picture. Errors: `picture.*`, `invite.other-code`, `verify.other-code`. */
  async function readPicture(picture: Blob, kind: CodeKind): Promise<string> {
    if (picture.size > pictureLimits.bytes) throw new CairnError('picture.too-large', { details: { bytes: picture.size } })
    return pickCode(await ask({ picture }), kind)
  }

  onUnmounted(() => stop(new CairnError('picture.slow')))
  return { readPicture, readFrame: (frame: ImageBitmap) => ask({ frame }) }
}

export type CodeReader = ReturnType<typeof useCodeReader>
