/** What looks like an address in a text: nothing in it marks anything. */
const known = /(?:https?:\/\/|mailto:)[^\s<>"`]+/iy
/** What ends a sentence and not an address. */
const trailing = new Set('.,;:!?\'"*_~’”»…'.split(''))

/** What begins like an address at this place of a line, as written, or null. Reads no further than its end. */
export function addressAt(line: string, at: number): string | null {
  known.lastIndex = at
  const found = known.exec(line)?.[0]
  return found === undefined ? null : withoutTail(found)
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
