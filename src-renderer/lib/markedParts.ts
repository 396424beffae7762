/** A text in parts, those that were looked for marked; together they are the text. */
export interface Part {
  text: string
  marked: boolean
}

/** `ranges` are in order and do not overlap. */
export function markedParts(text: string, ranges: readonly (readonly [start: number, length: number])[]): Part[] {
  const parts: Part[] = []
  let end = 0
  for (const [start, length] of ranges) {
    parts.push({ text: text.slice(end, start), marked: false }, { text: text.slice(start, start + length), marked: true })
    end = start + length
  }
  return [...parts, { text: text.slice(end), marked: false }].filter((part) => part.text !== '')
}
