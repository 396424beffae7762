/** The OpenAPI document as a page: plain HTML that loads nothing, from this relay or from elsewhere. */
import type { Reply } from './problem.ts'

interface Operation {
  tags: string[]
  summary: string
  security?: Record<string, unknown>[]
  parameters?: { name: string; in: string; required: boolean; schema: unknown }[]
  requestBody?: { content: { 'application/json': { schema: unknown } } }
  responses: Record<string, { description: string; content?: { 'application/json': { schema: unknown } } }>
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escape = (text: string): string => text.replace(/[&<>"]/g, (char) => escapes[char] ?? '')

const code = (value: unknown): string => `<pre>${escape(JSON.stringify(value, null, 2))}</pre>`

const operation = (path: string, method: string, { summary, security, parameters, requestBody, responses }: Operation): string => {
  const access = security?.flatMap(Object.keys).join(', ')
  return [
    `<details><summary><b class="${method}">${method.toUpperCase()}</b> <code>${escape(path)}</code> <span>${escape(summary)}</span></summary>`,
    access === undefined ? '' : `<p>Needs: ${escape(access)}.</p>`,
    ...(parameters ?? []).map((one) => `<h4>${escape(one.in)} parameter <code>${escape(one.name)}</code></h4>${code(one.schema)}`),
    requestBody ? `<h4>Body</h4>${code(requestBody.content['application/json'].schema)}` : '',
    ...Object.entries(responses).map(
      ([status, { description, content }]) =>
        `<h4>${escape(status)}: ${escape(description)}</h4>${content && status !== 'default' ? code(content['application/json'].schema) : ''}`,
    ),
    '</details>',
  ].join('\n')
}

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
details { border: 1px solid color-mix(in srgb, currentColor 20%, transparent); border-radius: 8px; margin: 0.5rem 0; padding: 0.5rem 0.75rem }
summary { cursor: pointer } summary span { opacity: 0.75 } h4 { margin: 1rem 0 0.25rem } h2 { text-transform: capitalize }
b { display: inline-block; min-width: 4.5rem; color: #3d6b35 } pre { overflow-x: auto; padding: 0.75rem; background: color-mix(in srgb, currentColor 6%, transparent); border-radius: 6px }
@media (prefers-color-scheme: dark) { b { color: #9cc48f } }`

export function docsPage(document: Record<string, unknown>): Reply {
  const paths = document['paths'] as Record<string, Record<string, Operation>>
  const all = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, one]) => ({ path, method, one })))
  const sections = [...Map.groupBy(all, ({ one }) => one.tags[0] ?? '')].map(
    ([tag, operations]) => `<h2>${escape(tag)}</h2>\n${operations.map(({ path, method, one }) => operation(path, method, one)).join('\n')}`,
  )
  const body = [
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>Cairn relay: services</title><style>${style}</style>`,
    '<h1>Services of this relay</h1><p>The same for programs: <a href="/openapi.json">openapi.json</a>.</p>',
    ...sections,
    '</html>',
  ].join('\n')
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'" }
  return { status: 200, body, headers }
}
