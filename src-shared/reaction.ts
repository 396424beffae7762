const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
const mostUnits = 40

/**
 * Whether `text` is one emoji and nothing else: one grapheme cluster (UAX #29) with a picture in it, a flag or a keycap (UTS #51). Newer
 * emoji than this program's Unicode tables know count as well, as long as they are made of the same parts.
 */
export function isReaction(text: string): boolean {
  if (text.length === 0 || text.length > mostUnits) return false
  const [first, second] = graphemes.segment(text)
  return first !== undefined && second === undefined && /\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|\u20e3/u.test(text)
}
