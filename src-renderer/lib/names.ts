/** How people, ids and relays are named in sentences. */

/** The first word of a name, as used in sentences: "Tomasz" for "Tomasz Zieliński". */
export const firstName = (name: string): string => name.trim().split(/\s+/)[0] || name

/** Ids are long; this is enough to compare at a glance: "7f2a 91c4 … e03b". */
export const shortId = (id: string): string => `${id.slice(0, 4)} ${id.slice(4, 8)} … ${id.slice(-4)}`

/** "wss://relay.example:7443#pin" → "relay.example"; a port other than the default stays. */
export const relayName = (address: string): string =>
  address
    .replace(/^wss?:\/\//, '')
    .replace(/#.*$/, '')
    .replace(/\/+$/, '')
    .replace(/:7443$/, '')

/** Size of a text in a file, in words. */
export function sizeWords(text: string): string {
  const bytes = new TextEncoder().encode(text).length
  return bytes < 1000 ? `${bytes} bytes` : `${Math.max(1, Math.round(bytes / 1024))} KB`
}
