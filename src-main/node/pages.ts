/** The built renderer, read once into memory: what is not in the list does not exist, so no path can leave the folder. */
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'

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
  const pages = new Map<string, Page>()
  for (const path of await filesBelow(folder)) {
    const type = types[extname(path)]
    if (type !== undefined) pages.set(path, { type, body: await readFile(join(folder, path)) })
  }
  const index = pages.get('/index.html')
  if (index) pages.set('/', index)
  return pages
}

/** Level by level: inside an archive of Electron's, a folder does not list its whole tree at once. */
async function filesBelow(folder: string, path = ''): Promise<string[]> {
  const entries = await readdir(join(folder, path), { withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  const below = entries.map(async (entry) => {
    if (entry.isDirectory()) return filesBelow(folder, `${path}/${entry.name}`)
    return entry.isFile() ? [`${path}/${entry.name}`] : []
  })
  return (await Promise.all(below)).flat()
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
