/** Finds the route of a request, checks what came against its schemas, and turns whatever happens into an answer. */
import * as v from 'valibot'
import { Problem, type Reply } from './problem.ts'
import type { Caller, Route } from './route.ts'

/** A request after its carrier was taken off: plain HTTP or a sealed envelope. */
export interface ApiRequest {
  method: string
  /** Path and query, as they came. */
  target: string
  /** Null without a body. */
  body: Uint8Array | null
  contentType: string | null
  caller: Caller
}

export interface Router {
  readonly routes: readonly Route[]
  /** The routes of this path, whatever the method; empty: not a path of the services. */
  find(target: string): Route[]
  /** Never throws. */
  dispatch(request: ApiRequest): Promise<Reply>
}

export const defaultBodyMax = 16 * 1024

interface Found {
  route: Route
  params: Record<string, string>
}

const pathOf = (target: string): string => target.split('?', 1)[0] ?? ''

/** A path as its parts, decoded; null for an encoding that is none. */
function partsOf(path: string): string[] | null {
  try {
    return path.split('/').map(decodeURIComponent)
  } catch {
    return null
  }
}

function match(route: Route, parts: readonly string[]): Found | null {
  const wanted = route.path.split('/')
  if (wanted.length !== parts.length) return null
  const params: Record<string, string> = {}
  for (const [i, part] of wanted.entries()) {
    const given = parts[i] ?? ''
    if (part.startsWith('{')) params[part.slice(1, -1)] = given
    else if (part !== given) return null
  }
  return { route, params }
}

export interface RouterEvents {
  /** What no route foresaw; the caller only learns that it happened. */
  onFailure(error: unknown): Reply
  /** Every answer, with the route's tag; null: no route. */
  onReply?(tag: Route['tag'] | null, status: number): void
}

export function createRouter(routes: readonly Route[], { onFailure, onReply }: RouterEvents): Router {
  const matches = (target: string): Found[] => {
    const parts = partsOf(pathOf(target))
    return parts === null ? [] : routes.flatMap((route) => match(route, parts) ?? [])
  }

  async function answer({ method, target, body, contentType, caller }: ApiRequest): Promise<Reply> {
    const there = matches(target)
    if (there.length === 0) throw new Problem('not-found', 'there is nothing here')
    const found = there.find(({ route }) => route.method === method)
    if (!found) {
      const allow = there.map(({ route }) => route.method).join(', ')
      throw new Problem('method-not-allowed', `this path takes ${allow}`, { allow })
    }
    const { route, params } = found
    return route.handle({
      params: route.params === undefined ? undefined : fit(route.params, params, 'path'),
      query: queryOf(route, target),
      body: bodyOf(route, body, contentType),
      caller,
    })
  }

  return {
    routes,
    find: (target) => matches(target).map(({ route }) => route),
    async dispatch(request) {
      const reply = await answer(request).catch((error: unknown) => (error instanceof Problem ? error.reply : onFailure(error)))
      onReply?.(matches(request.target)[0]?.route.tag ?? null, reply.status)
      return reply
    },
  }
}

function fit(schema: v.GenericSchema, value: unknown, where: string): unknown {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  // where it is, never what it was: a value may be a secret
  const place = [where, ...(issue.path ?? []).map(({ key }) => String(key).slice(0, 64))].join('.')
  throw new Problem('invalid', `${place} is not what this takes`)
}

function queryOf(route: Route, target: string): unknown {
  const at = target.indexOf('?')
  const given = new URLSearchParams(at === -1 ? '' : target.slice(at + 1))
  const names = [...given.keys()]
  if (new Set(names).size < names.length) throw new Problem('invalid', 'query names something twice')
  if (route.query !== undefined) return fit(route.query, Object.fromEntries(given), 'query')
  if (names.length > 0) throw new Problem('invalid', 'this takes no query')
  return undefined
}

function bodyOf(route: Route, body: Uint8Array | null, contentType: string | null): unknown {
  if (route.body === undefined) {
    if (body !== null && body.length > 0) throw new Problem('invalid', 'this takes no body')
    return undefined
  }
  if (body === null || body.length === 0) throw new Problem('malformed', 'a body is missing')
  if (body.length > (route.bodyMax ?? defaultBodyMax)) throw new Problem('too-large', 'the body is too large')
  if (!/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(contentType ?? ''))
    throw new Problem('unsupported-media-type', 'bodies are application/json')
  return fit(route.body, json(body), 'body')
}

function json(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new Problem('malformed', 'the body is not JSON')
  }
}
