/** Where the window's page lives. An own scheme, so that nothing of `file://` and nothing of the web shares its origin. */
export const scheme = 'app'
export const origin = `${scheme}://cairn`
export const startPage = `${origin}/`

/** Electron names origins with and without a slash at the end. */
export const isOwnOrigin = (text: string | undefined): boolean => text === origin || text === startPage

/** Whether a URL is a page of ours. */
export function isOwnUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && url.protocol === `${scheme}:` && url.host === 'cairn' && url.username === '' && url.password === ''
}
