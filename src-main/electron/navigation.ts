/** The window shows one page for ever. Links go to the person's browser, https alone, and only after the person has seen where. */
import type { ContentsApi, ElectronApi, SessionApi, WindowApi } from './api.ts'
import { origin } from './origin.ts'
import { words } from './words.ts'

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

/** What is saved comes out of the page itself, or is a file of a message; the system asks where to. */
export function guardDownloads(session: SessionApi): void {
  session.on('will-download', (event, item) => {
    const url = item.getURL()
    if (!url.startsWith(`blob:${origin}/`) && !url.startsWith(`${origin}/file/`)) event.preventDefault()
  })
}

const longestAddress = 2048

/** An address that may be offered to the person's browser, written out as it will be opened; null for any other. */
export function externalAddress(text: string): string | null {
  const url = text.length <= longestAddress ? URL.parse(text) : null
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '') return null
  return url.href // punycode and percent signs: what looks like another address is seen to be one
}

/** Asks, then opens. Resolves once it is decided. */
export async function openExternal(
  { dialog, shell }: Pick<ElectronApi, 'dialog' | 'shell'>,
  window: WindowApi,
  text: string,
): Promise<void> {
  const address = externalAddress(text)
  if (address === null) return
  const { message, detail, cancel, open } = words.external
  const answer = await dialog.showMessageBox(window, {
    ...{ type: 'question', message, detail: detail(address), noLink: true },
    ...{ buttons: [cancel, open], defaultId: 0, cancelId: 0 },
  })
  if (answer.response === 1) await shell.openExternal(address)
}
