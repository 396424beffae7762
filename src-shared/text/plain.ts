/** A text as it is read, without the characters that only mark something: for lists, quotes, what is read aloud, and what was found. */
import { parse } from './markdown.ts'
import type { Block, Inline } from './tree.ts'

export interface Plain {
  text: string
  /** Where each of its UTF-16 units stands in the source. */
  places: readonly number[]
}

/** Lines stay lines. */
export function plainOf(source: string): Plain {
  const [parts, places]: [string[], number[]] = [[], []]
  let at = 0
  const skip = (marks: string): void => void (at += marks.length)
  const show = (text: string): void => {
    parts.push(text)
    for (let i = 0; i < text.length; i++) places.push(at++)
  }
  /** Of what opens a block, the break before it is shown. */
  const open = (marks: string): void => {
    if (marks.startsWith('\n')) show('\n')
    skip(marks.startsWith('\n') ? marks.slice(1) : marks)
  }
  const inline = (nodes: readonly Inline[]): void => {
    for (const node of nodes) {
      if (!('open' in node)) show(node.text)
      else {
        skip(node.open)
        if ('children' in node) inline(node.children)
        else show(node.text)
        skip(node.close)
      }
    }
  }
  const block = (one: Block | Extract<Block, { kind: 'quote' }>['lines'][number]): void => {
    open(one.open)
    if (one.kind === 'codeBlock') show(one.text)
    else if (one.kind === 'quote') one.lines.forEach(block)
    else inline(one.children)
    skip(one.close)
  }
  parse(source).forEach(block)
  return { text: parts.join(''), places }
}

/** What a reader sees, on one line. */
export const shownText = (text: string): string => plainOf(text).text.replace(/\s+/g, ' ').trim()
