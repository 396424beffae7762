/** The emoji of Unicode with their English names, from emojibase; fetched with the program when a picker is first opened. */
export interface Emoji {
  text: string
  /** Lower case. */
  name: string
  tags: readonly string[]
  /** As Unicode sorts them; an index of the groups. */
  group: number
}

/** What `emojibase-data` says of each. */
interface Entry {
  unicode: string
  label: string
  tags?: string[]
  group?: number
  order?: number
}

/** Of skin tones and parts of hair: nothing by themselves. */
const componentGroup = 2
/** Offered first for a reaction. */
export const quickEmoji: readonly string[] = ['👍', '❤️', '😂', '😮', '😢', '🙏']

let loaded: Promise<Emoji[]> | undefined
export const loadEmoji = (): Promise<Emoji[]> =>
  (loaded ??= import('emojibase-data/en/compact.json').then(({ default: all }) => emojiOf(all as unknown as Entry[])))

function emojiOf(all: readonly Entry[]): Emoji[] {
  return all
    .filter(({ group }) => group !== undefined && group !== componentGroup)
    .toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0))
    .map(({ unicode, label, tags = [], group = 0 }) => ({ text: qualified(unicode), name: label.toLowerCase(), tags, group }))
}

/** One spelling for each, the one that Unicode recommends (UTS #51): no variation selector where it changes nothing. */
const qualified = (text: string): string => text.replace(/(\p{Emoji_Presentation})\uFE0F/gu, '$1')

const mostFound = 64

/** Those whose name or tags have a word that begins with each word of the query; names that begin with it come first. */
export function findEmoji(all: readonly Emoji[], query: string): Emoji[] {
  const parts = query.toLowerCase().trim().split(/\s+/)
  const begins = (emoji: Emoji, part: string) =>
    [...emoji.name.split(/[^\p{L}\p{N}]+/u), ...emoji.tags].some((word) => word.startsWith(part))
  const found = all.filter((emoji) => parts.every((part) => begins(emoji, part)))
  const first = found.filter(({ name }) => name.startsWith(parts[0] ?? ''))
  return [...first, ...found.filter((emoji) => !first.includes(emoji))].slice(0, mostFound)
}
