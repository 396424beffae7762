/** HTTP long polling to a relay, one request at a time, right or wrong as the test wants it. */
import { request as httpRequest } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { decodeServerFrame } from '#shared/wire/frames.ts'
import type { ServerFrame } from '#shared/wire/frames.ts'
import { decodeBatch, encodeBatch, pollHeaders, pollPaths } from '#shared/wire/polling.ts'

export interface RawAnswer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

export const rawRequest = (
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string | number>; body?: Uint8Array } = {},
): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const { method = 'POST', headers = {}, body = new Uint8Array() } = options
    const lengths = method === 'GET' ? {} : { 'content-length': body.length }
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers: { ...lengths, ...headers } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }))
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })

export interface RawPollClient {
  readonly session: string
  send(number: number, ...frames: Uint8Array[]): Promise<RawAnswer>
  sendBytes(number: number | string, body: Uint8Array): Promise<RawAnswer>
  receive(cursor: number | string): Promise<RawAnswer & { first: number; frames: ServerFrame[] }>
  close(): Promise<RawAnswer>
}

export const openRawPoll = async (port: number): Promise<RawPollClient> => {
  const opened = await rawRequest(port, pollPaths.open)
  if (opened.status !== 200) throw new Error(`open was answered with ${opened.status}`)
  const session = opened.body.toString()
  const headers = { [pollHeaders.session]: session }
  const sendBytes: RawPollClient['sendBytes'] = (number, body) =>
    rawRequest(port, pollPaths.send, { headers: { ...headers, [pollHeaders.number]: number }, body })
  return {
    session,
    sendBytes,
    send: (number, ...frames) => sendBytes(number, encodeBatch(frames)),
    receive: async (cursor) => {
      const answer = await rawRequest(port, pollPaths.receive, { headers: { ...headers, [pollHeaders.cursor]: cursor } })
      const frames = answer.status === 200 ? decodeBatch(answer.body).map((frame) => decodeServerFrame(frame)) : []
      return { ...answer, first: Number(answer.headers[pollHeaders.first]), frames }
    },
    close: () => rawRequest(port, pollPaths.close, { headers }),
  }
}
