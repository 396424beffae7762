/** Files on their way out, over HTTP. */
import type { Download } from '../appTypes.ts'

/** The token in `/export/<token>`; null for any other path. */
export const downloadToken = (pathname: string): string | null => /^\/export\/([0-9a-f]{64})$/.exec(pathname)?.[1] ?? null

/** Saved and never shown; the name as RFC 6266 and RFC 8187 have it. */
export function downloadHeaders({ name, type, size }: Download): Record<string, string> {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  return {
    'Content-Type': type,
    'Content-Disposition': `attachment; filename="${plain}"; filename*=UTF-8''${encoded(name)}`,
    ...(size === null ? {} : { 'Content-Length': String(size) }),
  }
}

const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
