/** Files out of an app and into one, as windows do it. */
import type { FileOut } from '#shared/contract/appModels.ts'
import type { App } from '#main/appTypes.ts'

interface Calls {
  app: Pick<App, 'download' | 'call'>
}

/** The whole of a file that is ready. */
export async function fetchFile({ app }: Calls, { path }: FileOut): Promise<Buffer> {
  const download = app.download(path.replace('/export/', ''))
  if (!download) throw new Error(`nothing waits at ${path}`)
  const pieces: Uint8Array[] = []
  try {
    for await (const piece of download.bytes()) pieces.push(piece.slice())
  } finally {
    download.end()
  }
  return Buffer.concat(pieces)
}

/** Hands a profile file over in pieces; the code of what refuses it, or `ok`. */
export async function bringFile({ app }: Calls, bytes: Uint8Array, passphrase: string, pieceBytes = 700_000): Promise<string> {
  const begun = await app.call('import.begin', { size: bytes.length })
  if (!begun.ok) return begun.error.code
  const { id } = begun.value as { id: string }
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    const data = Buffer.from(bytes.subarray(offset, offset + pieceBytes)).toString('base64')
    const answer = await app.call('import.append', { id, offset, data })
    if (!answer.ok) return answer.error.code
  }
  const done = await app.call('import.finish', { id, passphrase })
  return done.ok ? 'ok' : done.error.code
}
