/** The OpenAPI 3.1 document of the services, made of the schemas that check their requests. */
import { toJsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import { problemStatus } from './problem.ts'
import type { Route } from './route.ts'

type Json = Record<string, unknown>

/** The schema as clients see it: what goes in, before anything is transformed. */
const schemaOf = (schema: v.GenericSchema): Json => {
  const { $schema: _, ...json } = toJsonSchema(schema, { typeMode: 'input', errorMode: 'ignore', target: 'draft-2020-12' }) as Json
  return json
}

const parametersOf = (where: 'path' | 'query', schema: v.GenericSchema | undefined): Json[] => {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = schemaOf(schema) as { properties?: Record<string, Json>; required?: string[] }
  return Object.entries(properties).map(([name, of]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: of,
  }))
}

const problems: Json = {
  description: 'A refusal.',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

const operationOf = (route: Route): Json => {
  const parameters = [...parametersOf('path', route.params), ...parametersOf('query', route.query)]
  const answers = Object.entries(route.answers).map(([status, { description, schema }]) => [
    status,
    { description, ...(schema && { content: { 'application/json': { schema: schemaOf(schema) } } }) },
  ])
  return {
    tags: [route.tag],
    summary: route.summary,
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route.body) } } } }),
    responses: { ...Object.fromEntries(answers), default: problems },
    ...(route.access !== null && { security: [{ [route.access]: [] }] }),
  }
}

const security: Record<NonNullable<Route['access']>, Json> = {
  'signed request': { type: 'apiKey', in: 'header', name: 'x-cairn-signature', description: 'A request that the user has signed.' },
  'session cookie': { type: 'apiKey', in: 'cookie', name: 'session', description: 'Set by POST /api/user/authenticate.' },
  'access token': { type: 'apiKey', in: 'header', name: 'authorization', description: 'In the body: made by GET /api/user/accessToken.' },
  'key server': { type: 'http', scheme: 'bearer', description: 'The token that server and key server share.' },
  sealed: { type: 'apiKey', in: 'header', name: 'x-cairn-session', description: 'A request sealed under the keys of a registered device.' },
}

export function openApiDocument(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Json> = {}
  for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) }
  const used = new Set(routes.map(({ access }) => access))
  return {
    openapi: '3.1.0',
    info: { title: 'Cairn relay services', version, license: { name: 'MIT', identifier: 'MIT' } },
    paths,
    components: {
      schemas: { Problem: problemSchema },
      securitySchemes: Object.fromEntries(Object.entries(security).filter(([name]) => used.has(name as Route['access']))),
    },
  }
}

const problemSchema: Json = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: { code: { type: 'string', enum: Object.keys(problemStatus) }, message: { type: 'string' } },
    },
  },
}
