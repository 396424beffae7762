/** The built renderer under `app://cairn/`, a list of files read once; files of messages, and what goes out of the program. With the headers the Node host sends. */
import { Readable } from 'node:stream'
import type { App, Download } from '../appTypes.ts'
import { answerFile, isFileAddress } from '../fileAnswer.ts'
import { downloadHeaders, downloadToken } from '../node/download.ts'
import { securityHeaders } from '../node/headers.ts'
import { loadPages, type Page } from '../node/pages.ts'
import type { SessionApi } from './api.ts'
import { isOwnUrl, scheme } from './origin.ts'

export const privileges: Electron.CustomScheme[] = [
  { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
]

type Served = Pick<App, 'download' | 'file'>

export async function servePages(session: SessionApi, pagesDir: string, app: Served): Promise<void> {
  const pages = await loadPages(pagesDir)
  session.protocol.handle(scheme, (request) => answer(pages, app, request))
  // The page asks the program for everything; it has no business with any network.
  session.webRequest.onBeforeRequest(({ url }, decide) => decide({ cancel: !mayLoad(url) }))
}

const mayLoad = (url: string): boolean => isOwnUrl(url) || /^(data|blob|devtools):/.test(url)

/** What is not in the list does not exist: no path is ever joined to a folder. */
function answer(pages: ReadonlyMap<string, Page>, app: Served, request: Request): Response {
  if (!isOwnUrl(request.url)) return refuse(404)
  if (request.method !== 'GET') return refuse(405)
  const { pathname, search } = new URL(request.url)
  if (isFileAddress(pathname)) return fileOf(app, `${pathname}${search}`, request)
  const token = downloadToken(pathname)
  if (token !== null) return sendDownload(app.download(token))
  const page = pages.get(pathname)
  if (!page) return refuse(404)
  return new Response(new Uint8Array(page.body), { headers: { ...securityHeaders, 'Content-Type': page.type } })
}

/** A stream that fails ends the request, so what is not whole is not saved as if it were. */
function sendDownload(download: Download | null): Response {
  if (!download) return refuse(404)
  const pieces = Readable.from(download.bytes(), { objectMode: false }).once('close', () => download.end())
  const body = Readable.toWeb(pieces) as ReadableStream<Uint8Array<ArrayBuffer>>
  return new Response(body, { headers: { ...securityHeaders, ...downloadHeaders(download) } })
}

function fileOf(app: Pick<App, 'file'>, target: string, request: Request): Response {
  const { status, headers, body } = answerFile(app, target, request.headers.get('range'))
  return new Response(body ? (Readable.toWeb(Readable.from(body)) as ReadableStream) : null, {
    status,
    headers: { ...securityHeaders, ...headers },
  })
}

const refuse = (status: number): Response => new Response(null, { status, headers: securityHeaders })
