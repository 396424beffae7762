/**
 * `GET /file/<id>` and `/file/<id>/preview`, whatever carries it: a file of a message, opened chunk by chunk as it is read. Pictures and
 * sounds may be asked for `?inline`; everything else is only ever saved, and no type that a stranger chose is believed.
 */
import { isSafeInline } from '#shared/files.ts'
import type { App, OpenFile } from './appTypes.ts'

export interface FileAnswer {
  status: 200 | 206 | 404 | 416
  headers: Record<string, string>
  /** Null: nothing. */
  body: AsyncIterable<Uint8Array> | null
}

const address = /^\/file\/([0-9a-f]{32})(\/preview)?(\?inline)?$/

/** Whether such an answer is asked for at all. */
export const isFileAddress = (target: string): boolean => target.startsWith('/file/')

/** @param target path and query; `range` as in the request's header, of which one range of bytes is understood. */
export function answerFile(app: Pick<App, 'file'>, target: string, range: string | null): FileAnswer {
  const [, id, preview, inline] = address.exec(target) ?? []
  const file = id === undefined ? null : app.file(id, preview ? 'preview' : 'whole')
  if (!file) return { status: 404, headers: {}, body: null }
  const headers = headersOf(file, inline !== undefined && isSafeInline(file.type))
  const part = range === null ? null : rangeIn(range, file.size)
  if (part === 'none') return { status: 416, headers: { 'Content-Range': `bytes */${file.size}` }, body: null }
  const [from, to] = part ?? [0, file.size]
  return {
    status: part ? 206 : 200,
    headers: {
      ...headers,
      'Content-Length': String(to - from),
      ...(part ? { 'Content-Range': `bytes ${from}-${to - 1}/${file.size}` } : {}),
    },
    body: file.read(from, to),
  }
}

const headersOf = ({ name, type }: OpenFile, inline: boolean): Record<string, string> => ({
  'Content-Type': inline ? type : 'application/octet-stream',
  'Content-Disposition': inline ? 'inline' : `attachment; filename*=UTF-8''${extended(name)}`,
  'Content-Security-Policy': "default-src 'none'; sandbox",
  'Accept-Ranges': 'bytes',
})

/** RFC 8187: what `encodeURIComponent` leaves alone and the grammar does not. */
const extended = (name: string): string =>
  encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

/** `[from, to)`; null: not understood, so all of it (RFC 9110 section 14.2). */
function rangeIn(range: string, size: number): [number, number] | 'none' | null {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range) ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return null
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const to = first === '' || last === '' ? size : Math.min(size, Number(last) + 1)
  if (from >= size) return 'none'
  return to <= from ? null : [from, to]
}
