/** Addresses in a text, and what is to be known about one before it is opened. */

/** Longer ones are shown as text: nobody can look over them. */
const longest = 2048
const known = /(?:https?:\/\/|mailto:)[^\s<>"`]+/iy
/** What ends a sentence and not an address. */
const trailing = new Set('.,;:!?\'"*_~’”»…'.split(''))

export interface FoundLink {
  /** As written. */
  text: string
  /** As it will be opened; null where what begins like an address is none. */
  href: string | null
}

/** What begins like an address at this place of a line, or null. Reads no further than its end. */
export function linkAt(line: string, at: number): FoundLink | null {
  known.lastIndex = at
  const found = known.exec(line)?.[0]
  if (found === undefined) return null
  const shown = withoutTail(found)
  return { text: shown, href: shown.length <= longest ? safeHref(shown) : null }
}

/** Without what ends a sentence, and without brackets that were opened before it. */
function withoutTail(found: string): string {
  let open = 0
  for (const char of found) open += char === '(' ? 1 : char === ')' ? -1 : 0
  let end = found.length
  for (;;) {
    const last = found[end - 1] ?? ''
    if (last === ')' && open < 0) open++
    else if (!trailing.has(last)) return found.slice(0, end)
    end--
  }
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
