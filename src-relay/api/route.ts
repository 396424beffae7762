/** A route of the services: what it takes and gives, as schemas. From them requests are checked and the OpenAPI document is made. */
import type { IncomingHttpHeaders } from 'node:http'
import type * as v from 'valibot'
import type { Reply } from './problem.ts'

type Schema = v.GenericSchema

/** Who asks, as far as the carrier knows. */
export interface Caller {
  /** Network address, for limits only; never stored or logged. */
  address: string
  headers: IncomingHttpHeaders
  /** The connection itself is TLS; with a proxy in front the headers say. */
  isTls?: boolean
  /** The registered device, where the request came sealed under its keys. */
  clientId: string | null
}

export interface RouteInput<Params, Query, Body> {
  params: Params
  query: Query
  body: Body
  caller: Caller
}

/** One possible answer; without a schema it has no body. */
export interface Answer {
  description: string
  schema?: Schema
}

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `/users/{code}`; a part in braces is a parameter. */
  path: string
  tag: 'directory' | 'registration' | 'account' | 'key server' | 'relay'
  summary: string
  params?: Schema
  query?: Schema
  body?: Schema
  /** Bytes of a body, 16 KiB unless more are needed. */
  bodyMax?: number
  /** Its body or its answer is megabytes: only a few are served at once. */
  isLarge?: boolean
  /** Who may call it, in words for the OpenAPI document; null: everybody. */
  access: 'signed request' | 'session cookie' | 'access token' | 'key server' | 'sealed' | null
  /** By status; those of `Problem` need not be listed. */
  answers: Record<number, Answer>
  handle(input: RouteInput<unknown, unknown, unknown>): Reply | Promise<Reply>
}

type Output<S> = S extends Schema ? v.InferOutput<S> : undefined

/** A route whose handler gets what its schemas say. */
export const route = <
  const P extends Schema | undefined = undefined,
  const Q extends Schema | undefined = undefined,
  const B extends Schema | undefined = undefined,
>(
  made: Omit<Route, 'params' | 'query' | 'body' | 'handle'> & {
    params?: P
    query?: Q
    body?: B
    handle(input: RouteInput<Output<P>, Output<Q>, Output<B>>): Reply | Promise<Reply>
  },
): Route => made as unknown as Route
