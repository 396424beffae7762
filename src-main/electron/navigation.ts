/** The window shows one page for ever. Links go to the person's browser or mail program; the page asks before, and shows where they lead. */
import type { ContentsApi, ElectronApi, SessionApi } from './api.ts'
import { origin } from './origin.ts'

/** `contents` goes nowhere, opens nothing, embeds nothing. `open` is asked with each address that was meant to open. */
export function guardNavigation(contents: ContentsApi, open: (url: string) => void): void {
  contents.on('will-navigate', (event) => event.preventDefault())
  contents.on('will-frame-navigate', (event) => event.preventDefault())
  contents.on('will-redirect', (event) => event.preventDefault())
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    open(url)
    return { action: 'deny' }
  })
}

/** What is saved comes out of the page itself, or is a file that the app made ready; the system asks where to. */
export function guardDownloads(session: SessionApi): void {
  session.on('will-download', (event, item) => {
    const isOurs = [`blob:${origin}/`, `${origin}/export/`, `${origin}/file/`].some((start) => item.getURL().startsWith(start))
    if (!isOurs) event.preventDefault()
  })
}

const longestAddress = 2048

/**
 * An address that may be handed to the system, written out as it will be opened; null for any other. A mail has nothing but whom it
 * goes to: some programs attach files when an address says so.
 */
export function externalAddress(text: string): string | null {
  const url = text.length <= longestAddress ? URL.parse(text) : null
  if (url === null || url.username !== '' || url.password !== '') return null
  if (url.protocol === 'mailto:') return url.search === '' && url.hash === '' && url.pathname.includes('@') ? url.href : null
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null
}

export async function openExternal({ shell }: Pick<ElectronApi, 'shell'>, text: string): Promise<void> {
  const address = externalAddress(text)
  if (address !== null) await shell.openExternal(address)
}
