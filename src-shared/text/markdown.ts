/**
 * Light Markdown: a text as a small tree, which a component draws with nodes of its own; nothing of a text ever becomes markup. Every
 * node keeps what marks it (`open`, `close`), so that the tree is the whole text in its order: `sourceOf(parse(text)) === text`.
 * Reads each character a bounded number of times.
 */
import type { Mention } from '../contract/itemModels.ts'
import { addressAt } from './addresses.ts'
import { addText, parseInline } from './inline.ts'
import type { Block, Inline, LinkAt } from './tree.ts'

const fence = /^```[\w+#.-]*$/
const quoted = /^> ?/

interface Known {
  /** Parts of the text that name somebody; those that do not fit are passed over. */
  mentions?: readonly Mention[]
  /** What can be opened; else addresses are text in which nothing marks anything. */
  linkAt?: LinkAt
}

const address: LinkAt = (line, at) => {
  const text = addressAt(line, at)
  return text === null ? null : { text, href: null }
}

export function parse(text: string, { mentions = [], linkAt = address }: Known = {}): Block[] {
  const names = new Map(mentions.filter(({ length }) => length > 0).map((mention) => [mention.from, mention]))
  const lines = text.split('\n')
  const closings = fencesBelow(lines)
  const blocks: Block[] = []
  let at = 0
  const inline = (line: string, from: number) => parseInline(line, from, names, linkAt)

  for (let n = 0; n < lines.length;) {
    const line = lines[n] ?? ''
    /** What stands between this block and the one before. */
    const gap = n === 0 ? '' : '\n'
    const end = fence.test(line) ? closings[n + 1] : undefined
    if (end !== undefined && end > n + 1) {
      const inside = lines.slice(n + 1, end).join('\n')
      blocks.push({ kind: 'codeBlock', open: `${gap}${line}\n`, text: inside, close: `\n${lines[end] ?? ''}` })
      at += line.length + 1 + inside.length + 1 + (lines[end]?.length ?? 0) + 1
      n = end + 1
      continue
    }
    const mark = quoted.exec(line)?.[0]
    const children = inline(line.slice(mark?.length ?? 0), at + (mark?.length ?? 0))
    if (mark !== undefined) addQuoted(blocks, { kind: 'line', open: `${gap}${mark}`, children, close: '' })
    else addLine(blocks, gap, children)
    at += line.length + 1
    n++
  }
  return blocks
}

/** For each line: the next one, itself or below, that closes a block of code. */
function fencesBelow(lines: readonly string[]): (number | undefined)[] {
  const below: (number | undefined)[] = []
  let next: number | undefined
  for (let n = lines.length - 1; n >= 0; n--) {
    if (lines[n] === '```') next = n
    below[n] = next
  }
  return below
}

type QuotedLine = Extract<Block, { kind: 'quote' }>['lines'][number]

function addQuoted(blocks: Block[], line: QuotedLine): void {
  const last = blocks.at(-1)
  if (last?.kind === 'quote') last.lines.push(line)
  else blocks.push({ kind: 'quote', open: '', lines: [line], close: '' })
}

/** Lines that follow one another are one block: the breaks between them are shown. */
function addLine(blocks: Block[], gap: string, children: Inline[]): void {
  const last = blocks.at(-1)
  if (last?.kind !== 'lines') return void blocks.push({ kind: 'lines', open: gap, children, close: '' })
  addText(last.children, gap)
  for (const child of children)
    if (child.kind === 'text') addText(last.children, child.text)
    else last.children.push(child)
}

/** The text that the tree was made of. */
export const sourceOf = (blocks: readonly Block[]): string => blocks.map(blockSource).join('')

function blockSource(block: Block): string {
  if (block.kind === 'codeBlock') return block.open + block.text + block.close
  if (block.kind === 'quote') return block.lines.map((line) => line.open + inlineSource(line.children)).join('')
  return block.open + inlineSource(block.children) + block.close
}

const inlineSource = (nodes: readonly Inline[]): string =>
  nodes
    .map((node) => {
      if ('children' in node) return node.open + inlineSource(node.children) + node.close
      return node.kind === 'code' ? node.open + node.text + node.close : node.text
    })
    .join('')
