import { describe, expect, test } from 'vitest'
import * as v from 'valibot'
import { openApiDocument } from '#relay/api/openapi.ts'
import { Problem } from '#relay/api/problem.ts'
import { createRateTable } from '#relay/api/rateTable.ts'
import { route, type Route } from '#relay/api/route.ts'
import { createRouter, type ApiRequest } from '#relay/api/router.ts'

const common = { tag: 'directory', access: null, summary: 'A test.', answers: { 200: { description: 'fine' } } } as const
const routes: Route[] = [
  route({
    ...{ ...common, method: 'POST', path: '/things', bodyMax: 100 },
    body: v.strictObject({
      name: v.pipe(v.string(), v.minLength(1), v.maxLength(20)),
      size: v.pipe(v.number(), v.integer(), v.minValue(0)),
    }),
    handle: ({ body }) => ({ status: 200, body }),
  }),
  route({
    ...{ ...common, method: 'GET', path: '/things/{name}' },
    params: v.strictObject({ name: v.pipe(v.string(), v.regex(/^\p{L}+$/u)) }),
    query: v.strictObject({ since: v.optional(v.pipe(v.string(), v.regex(/^\d+$/))) }),
    handle: ({ params, query }) => ({ status: 200, body: { ...params, ...query } }),
  }),
  route({
    ...{ ...common, method: 'DELETE', path: '/things/{name}' },
    handle: () => {
      throw new Error('a secret of the database')
    },
  }),
]
const failures: unknown[] = []
const replies: string[] = []
const router = createRouter(routes, {
  onFailure(error) {
    failures.push(error)
    return new Problem('internal', 'this went wrong here').reply
  },
  onReply: (tag, status) => void replies.push(`${tag ?? 'none'} ${status}`),
})

const ask = async (method: string, target: string, body?: unknown, over: Partial<ApiRequest> = {}) => {
  const bytes = body === undefined ? null : new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body))
  const caller = { address: '192.0.2.1', headers: {}, clientId: null }
  return router.dispatch({ method, target, body: bytes, contentType: 'application/json', caller, ...over })
}
const codeOf = async (...args: Parameters<typeof ask>) => {
  const { status, body } = await ask(...args)
  return [status, (body as { error: { code: string } }).error.code]
}

describe('the router', () => {
  test('hands over what the schemas say', async () => {
    expect(await ask('POST', '/things', { name: 'lamp', size: 3 })).toMatchObject({ status: 200, body: { name: 'lamp', size: 3 } })
    expect(await ask('GET', '/things/%C3%A9toile?since=5')).toMatchObject({ body: { name: 'étoile', since: '5' } })
  })

  test.each([
    ['no such path', 404, 'not-found', 'GET', '/nothing', undefined],
    ['another method', 405, 'method-not-allowed', 'PUT', '/things', { name: 'a', size: 1 }],
    ['no body', 400, 'malformed', 'POST', '/things', undefined],
    ['half a body', 400, 'malformed', 'POST', '/things', '{"name": "a'],
    ['an unknown field', 400, 'invalid', 'POST', '/things', { name: 'a', size: 1, admin: true }],
    ['a field of another type', 400, 'invalid', 'POST', '/things', { name: 7, size: 1 }],
    ['a negative number', 400, 'invalid', 'POST', '/things', { name: 'a', size: -1 }],
    ['a huge number', 400, 'invalid', 'POST', '/things', '{"name": "a", "size": 1e400}'],
    ['an empty name', 400, 'invalid', 'POST', '/things', { name: '', size: 1 }],
    ['no object', 400, 'invalid', 'POST', '/things', '[[[[]]]]'],
    ['too long a body', 413, 'too-large', 'POST', '/things', { name: 'a', size: 1, more: 'x'.repeat(200) }],
    ['a body where none belongs', 400, 'invalid', 'GET', '/things/lamp', { a: 1 }],
    ['a bad path parameter', 400, 'invalid', 'GET', '/things/7', undefined],
    ['a broken encoding', 404, 'not-found', 'GET', '/things/%zz', undefined],
    ['an unknown query', 400, 'invalid', 'GET', '/things/lamp?admin=1', undefined],
    ['a query named twice', 400, 'invalid', 'GET', '/things/lamp?since=1&since=2', undefined],
  ])('%s is %i %s', async (_, status, code, method, target, body) => {
    expect(await codeOf(method, target, body)).toEqual([status, code])
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', '', 'application/json; charset=latin1'])(
    'a body called %j is refused',
    async (contentType) => {
      expect(await codeOf('POST', '/things', { name: 'a', size: 1 }, { contentType })).toEqual([415, 'unsupported-media-type'])
    },
  )

  test('bytes that are no UTF-8 are no JSON', async () => {
    expect(await codeOf('POST', '/things', undefined, { body: Uint8Array.of(0x22, 0xff, 0x22) })).toEqual([400, 'malformed'])
  })

  test('says where something was wrong, and never what it was', async () => {
    const { body } = await ask('POST', '/things', { name: 'a-secret-that-is-far-too-long', size: 1 })
    expect(body).toEqual({ error: { code: 'invalid', message: 'body.name is not what this takes' } })
  })

  test('of what nobody foresaw the caller learns only that it happened', async () => {
    expect(await ask('DELETE', '/things/lamp')).toMatchObject({ status: 500, body: { error: { message: 'this went wrong here' } } })
    expect(failures.at(-1)).toMatchObject({ message: 'a secret of the database' })
  })
})

test('every answer is told of, with the service it came from', async () => {
  replies.length = 0
  await ask('POST', '/things', { name: 'lamp', size: 3 })
  await ask('POST', '/things', { name: '' })
  await ask('DELETE', '/things/lamp')
  await ask('GET', '/nothing')
  expect(replies).toEqual(['directory 200', 'directory 400', 'directory 500', 'none 404'])
})

test('the OpenAPI document names every route, with the schemas that check it', () => {
  const document = openApiDocument(routes, '1.2.3') as { paths: Record<string, Record<string, unknown>> }
  expect(Object.keys(document.paths)).toEqual(['/things', '/things/{name}'])
  expect(Object.keys(document.paths['/things/{name}'] ?? {})).toEqual(['get', 'delete'])
  expect(document.paths['/things']?.['post']).toMatchObject({
    requestBody: { content: { 'application/json': { schema: { additionalProperties: false, required: ['name', 'size'] } } } },
    responses: { 200: { description: 'fine' } },
  })
  expect(document.paths['/things/{name}']?.['get']).toMatchObject({
    parameters: [
      { name: 'name', in: 'path', required: true },
      { name: 'since', in: 'query', required: false },
    ],
  })
})

test('a factor scales the rate of one key, and zero blocks it', () => {
  const factors: Record<string, number> = { slow: 0.1, tiny: 0.01, fast: 3, blocked: 0 }
  const rates = createRateTable({ perSecond: 1, burst: 10 }, { factorOf: (key) => factors[key] ?? 1 })
  /** How many of 40 are let through, and why no more. */
  const letThrough = (key: string, now: number): [number, string] => {
    for (let count = 0; count < 40; count++) {
      try {
        rates.take(key, now)
      } catch (error) {
        return [count, (error as Problem).code]
      }
    }
    return [40, '']
  }
  expect(letThrough('anybody', 0)).toEqual([10, 'too-many-requests'])
  expect(letThrough('slow', 0)).toEqual([1, 'too-many-requests'])
  expect(letThrough('tiny', 0)).toEqual([1, 'too-many-requests'])
  expect(letThrough('fast', 0)).toEqual([30, 'too-many-requests'])
  expect(letThrough('blocked', 0)).toEqual([0, 'forbidden'])
  expect(() => rates.take('blocked', 0, 0)).toThrow('blocked')
  rates.take('slow', 0, 0) // asks only
  expect(letThrough('slow', 9_000)).toEqual([0, 'too-many-requests'])
  expect(letThrough('slow', 10_000)).toEqual([1, 'too-many-requests'])
  expect(letThrough('fast', 1_000)).toEqual([3, 'too-many-requests'])
})

test('a rate is kept for each key, and says when to come again', () => {
  const rates = createRateTable({ perSecond: 1, burst: 2 }, { most: 2 })
  rates.take('a', 0)
  rates.take('a', 0)
  const headersOf = (work: () => void) => {
    try {
      work()
      return null
    } catch (error) {
      return (error as Problem).headers
    }
  }
  expect(headersOf(() => rates.take('a', 0))).toEqual({ 'retry-after': '1' })
  expect(headersOf(() => rates.take('b', 0))).toBeNull()
  expect(headersOf(() => rates.take('a', 1000))).toBeNull()
})
