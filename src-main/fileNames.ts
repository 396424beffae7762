/** Names for files that leave the program: fit for every system, and telling where they come from. */

/** At most 60 characters of a person's name; what no file may be called becomes a space. */
function wordsOf(name: string): string {
  const fit = name.normalize('NFC').replace(/[^\p{L}\p{N}\p{M} _.-]+/gu, ' ')
  return [...fit.replace(/\s+/g, ' ').trim()]
    .slice(0, 60)
    .join('')
    .replace(/^[. ]+|[. ]+$/g, '')
}

/** `Cairn Mira 2026-06-04.cairn-profile`. */
export function fileNameFor(name: string, now: number, ending: string): string {
  const day = new Date(now).toISOString().slice(0, 10)
  return `${['Cairn', wordsOf(name), day].filter((part) => part !== '').join(' ')}.${ending}`
}
