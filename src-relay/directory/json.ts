/** JSON whose meaning is the same for everybody who reads it: what is signed is a value, so it must not have two. */
import canonicalize from 'canonicalize'
import { Problem } from '../api/problem.ts'

/** RFC 8785 (JCS). @throws Problem `malformed` for a lone surrogate, which UTF-8 cannot say */
export function canonicalBytes(value: unknown): Uint8Array {
  try {
    return new TextEncoder().encode(canonicalize(value))
  } catch {
    throw new Problem('malformed', 'a text in it is not Unicode')
  }
}

const token = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g

/** Of valid JSON: does no object name a member twice (readers differ in which counts), and does nothing lie too deep? */
function isPlain(text: string, depthMax: number): boolean {
  const open: Set<string>[] = []
  let last = ''
  for (const [found] of text.matchAll(token)) {
    if (found === '{' || found === '[') open.push(new Set())
    else if (found === '}' || found === ']') open.pop()
    else if (found === ':') {
      const name = JSON.parse(last) as string
      const names = open.at(-1)
      if (names?.has(name)) return false
      names?.add(name)
    }
    if (open.length > depthMax) return false
    last = found
  }
  return true
}

/** @throws Problem `malformed` for what is no JSON, names a member twice or nests deeper than `depthMax` */
export function parsePlainJson(text: string, depthMax: number): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Problem('malformed', 'the frame is not JSON')
  }
  if (!isPlain(text, depthMax)) throw new Problem('malformed', 'the frame names something twice or nests too deep')
  return value
}
