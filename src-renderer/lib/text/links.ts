/** Addresses in a text, and what is to be known about one before it is opened. */
import { addressAt } from '#shared/text/addresses.ts'
import type { FoundLink } from '#shared/text/tree.ts'

/** Longer ones are shown as text: nobody can look over them. */
const longest = 2048

/** What begins like an address at this place of a line, or null. Reads no further than its end. */
export function linkAt(line: string, at: number): FoundLink | null {
  const shown = addressAt(line, at)
  return shown === null ? null : { text: shown, href: shown.length <= longest ? safeHref(shown) : null }
}

/**
 * Null for any other scheme than http, https and mailto, and where a name stands before the host, which only ever misleads. A mail has
 * nothing but whom it goes to.
 */
function safeHref(text: string): string | null {
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '') return null
  if (url.protocol === 'mailto:') return url.pathname.includes('@') ? `mailto:${url.pathname}` : null
  return (url.protocol === 'https:' || url.protocol === 'http:') && url.hostname !== '' ? url.href : null
}

export interface LinkFacts {
  /** As it will be opened, for the eye: everything in it is ASCII. */
  href: string
  /** Whom it leads to: a host, or for `mailto:` an address. */
  host: string
  /** The host in the letters that it was written in, where those are not ASCII. */
  letters: string | null
  /** What was written names another host than the one it leads to. */
  differs: boolean
  isMail: boolean
}

/** @param href of a link that `linkAt` has found @param text as it stands in the message */
export function linkFacts(href: string, text: string): LinkFacts {
  const url = new URL(href)
  const isMail = url.protocol === 'mailto:'
  const host = isMail ? decode(url.pathname) : url.host
  const written = isMail ? host : writtenHost(text)
  const isIdn = !isMail && host.split('.').some((label) => label.startsWith('xn--'))
  return {
    ...{ href, host, isMail, letters: isIdn && !written.includes('xn--') ? written : null },
    differs: !isIdn && written.toLowerCase() !== host && written.toLowerCase() !== `${host}${defaultPort(url)}`,
  }
}

const defaultPort = ({ protocol }: URL) => (protocol === 'https:' ? ':443' : ':80')

/** What a reader takes for the host: all between the slashes, behind a name. */
const writtenHost = (text: string): string =>
  text
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/[/?#].*$/s, '')
    .replace(/^.*@/, '')

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
