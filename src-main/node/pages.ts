/** The built renderer, read once into memory: what is not in the list does not exist, so no path can leave the folder. */
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'

export interface Page {
  type: string
  body: Buffer
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

/** Files by their path in an address, `/` for `index.html`. Files of a type we do not serve are left out; no folder, no pages. */
export async function loadPages(folder: string): Promise<ReadonlyMap<string, Page>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  const pages = new Map<string, Page>()
  for (const entry of entries) {
    const type = types[extname(entry.name)]
    if (!entry.isFile() || type === undefined) continue
    const file = join(entry.parentPath, entry.name)
    pages.set(`/${relative(folder, file).split(sep).join('/')}`, { type, body: await readFile(file) })
  }
  const index = pages.get('/index.html')
  if (index) pages.set('/', index)
  return pages
}

const page = (text: string, head = ''): Page => ({
  type: types['.html'] ?? '',
  body: Buffer.from(
    `<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,">${head}<title>Cairn</title><p>${text}</p></html>\n`,
  ),
})

export const notAdmittedPage = page(
  'This window is not signed in to Cairn. In the terminal where Cairn runs, press Enter and open the address it prints.',
)
export const usedTokenPage = page(
  'This address has been used or replaced; each one opens Cairn once. In the terminal where Cairn runs, press Enter for a new one.',
)
export const notFoundPage = page('There is no such page here.')
export const notBuiltPage = page('Cairn runs, but its pages are not built yet. Run: npm run build')
/** A `SameSite=Strict` cookie stays at home when another site (or a local file) led here; coming again from this page brings it. */
export const comeAgainPage = page('One moment.', '<meta http-equiv="refresh" content="0;url=/">')
