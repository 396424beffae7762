/** The two files of the seed as text: `server_keys.yaml` and `client_config.yaml`, with its field names. */
import * as v from 'valibot'
import { type Document, isNode, LineCounter, parseDocument, stringify } from 'yaml'

export class RegistryError extends Error {
  override readonly name = 'RegistryError'
}

/** Much more than a relay of the size this is for has devices; YAML takes many times its size to read. */
export const fileMax = 16 * 1024 * 1024

export const toYaml = (value: unknown): string => stringify(value, { lineWidth: 0 })

/**
 * What a file says, if it is what `schema` wants; every scalar is a text (YAML's failsafe schema), so that no key or time turns into a
 * number. @throws RegistryError with file and line, and never what stood there: it may be a secret
 */
export function fromYaml<S extends v.GenericSchema>(file: string, text: string, schema: S): v.InferOutput<S> {
  const lines = new LineCounter()
  const document = parsed(file, text, lines)
  const result = v.safeParse(schema, values(file, document), { abortEarly: true })
  if (result.success) return result.output
  const path = (result.issues[0].path ?? []).map(({ key }) => String(key))
  const place = path.map((key) => key.slice(0, 64)).join('.')
  throw new RegistryError(`${file}, line ${lineOf(document, path, lines)}: ${place === '' ? 'the file' : place} is not what belongs there`)
}

function parsed(file: string, text: string, lines: LineCounter): Document {
  const options = { schema: 'failsafe', lineCounter: lines, prettyErrors: false, uniqueKeys: true, logLevel: 'silent' } as const
  const [document, error] = attempt(() => parseDocument(text, options))
  if (document === null) throw new RegistryError(`${file} is not YAML (${error})`)
  const [first] = document.errors
  if (first) throw new RegistryError(`${file}, line ${lines.linePos(first.pos[0]).line}: not YAML (${first.code})`)
  return document
}

function values(file: string, document: Document): unknown {
  const [value] = attempt(() => ({ of: withEntries(document.toJS({ maxAliasCount: 0, mapAsMap: true }), 0) }))
  if (value === null) throw new RegistryError(`${file} has aliases, or is nested too deeply`)
  return value.of
}

/** What lies right below the top goes by ids, and stays a map: in an object, ids like `constructor` would get lost. */
function withEntries(value: unknown, depth: number): unknown {
  if (!(value instanceof Map)) return value
  const entries = [...(value as Map<unknown, unknown>)].map(([key, of]) => [key, withEntries(of, depth + 1)] as const)
  return depth === 1 ? new Map(entries) : Object.fromEntries(entries)
}

/** Nesting without end overflows the parser's stack. */
function attempt<T>(work: () => T): [T, null] | [null, string] {
  try {
    return [work(), null]
  } catch (error) {
    return [null, error instanceof Error ? error.name : 'unknown']
  }
}

/** Of the innermost part of `path` that is there. */
function lineOf(document: Document, path: readonly string[], lines: LineCounter): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  }
  return 1
}
