import type { Mention } from '../contract/itemModels.ts'
import type { Inline, LinkAt } from './tree.ts'

const kinds = { '**': 'bold', '*': 'italic', _: 'italic', '~~': 'strike' } as const
type Mark = keyof typeof kinds

/** What is open at the moment. Each mark once at most, so there are four levels and no more. */
interface Level {
  mark: Mark | null
  nodes: Inline[]
}

const wordChar = /[\p{L}\p{N}]/u
const isWord = (char: string | undefined) => char !== undefined && wordChar.test(char)
const isSpace = (char: string | undefined) => char === undefined || /\s/.test(char)

/**
 * One line of a text.
 * @param from where the line begins in the whole text
 * @param names by where they stand in the whole text
 */
export function parseInline(line: string, from: number, names: ReadonlyMap<number, Mention>, linkAt: LinkAt): Inline[] {
  const levels: Level[] = [{ mark: null, nodes: [] }]
  const lastTick = line.lastIndexOf('`')
  let plainFrom = 0

  const top = () => levels.at(-1)!
  const flush = (to: number) => addText(top().nodes, line.slice(plainFrom, to))
  const put = (at: number, node: Inline, length: number) => {
    flush(at)
    top().nodes.push(node)
    plainFrom = at + length
    return plainFrom
  }

  for (let at = 0; at < line.length;) {
    const char = line[at]!
    const name = names.get(from + at)
    if (name && at + name.length <= line.length) {
      at = put(at, { kind: 'mention', text: line.slice(at, at + name.length), id: name.id }, name.length)
    } else if (char === '`' && at < lastTick && line[at + 1] !== '`') {
      const end = line.indexOf('`', at + 1)
      at = put(at, { kind: 'code', open: '`', text: line.slice(at + 1, end), close: '`' }, end + 1 - at)
    } else if ('hHmM'.includes(char) && !isWord(line[at - 1])) {
      const link = linkAt(line, at)
      const length = link?.text.length ?? 1
      if (link?.href) at = put(at, { kind: 'link', text: link.text, href: link.href }, length)
      else at += length // it stays what it is: text
    } else if (char === '*' || char === '_' || char === '~') {
      at = mark(at)
    } else at++
  }
  flush(line.length)
  while (levels.length > 1) unmake()
  return top().nodes

  /** Opens, closes, or passes over the mark at this place; the place behind it. */
  function mark(at: number): number {
    const found = markAt(line, at, top().mark)
    if (found === null) return at + 1
    const behind = at + found.length
    const level = levels.findIndex((one) => one.mark === found)
    if (level > 0) {
      if (isSpace(line[at - 1]) || isWord(line[behind])) return behind
      flush(at)
      while (levels.length - 1 > level) unmake()
      const { nodes } = levels.pop()!
      if (nodes.length === 0) addText(top().nodes, found + found)
      else top().nodes.push({ kind: kinds[found], open: found, children: nodes, close: found })
    } else {
      if (isSpace(line[behind]) || isWord(line[at - 1])) return behind
      flush(at)
      levels.push({ mark: found, nodes: [] })
    }
    plainFrom = behind
    return behind
  }

  /** What was never closed is text. */
  function unmake(): void {
    const { mark: open, nodes } = levels.pop()!
    addText(top().nodes, open ?? '')
    for (const node of nodes)
      if (node.kind === 'text') addText(top().nodes, node.text)
      else top().nodes.push(node)
  }
}

/** The longest one, or the one that is open where that is shorter. */
function markAt(line: string, at: number, open: Mark | null): Mark | null {
  const char = line[at]
  if (char === '_') return '_'
  const isDouble = line[at + 1] === char
  if (char === '~') return isDouble ? '~~' : null
  return isDouble && open !== '*' ? '**' : '*'
}

/** Texts that follow one another are one. */
export function addText(nodes: Inline[], text: string): void {
  if (text === '') return
  const last = nodes.at(-1)
  if (last?.kind === 'text') last.text += text
  else nodes.push({ kind: 'text', text })
}
