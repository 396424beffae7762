import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { sourceOf } from '#shared/text/markdown.ts'
import { plainOf, shownText } from '#shared/text/plain.ts'
import { parse } from '../../../../src-renderer/lib/text/markdown.ts'
import type { Block, Inline } from '#shared/text/tree.ts'

const id = 'ab'.repeat(32)
const inline = (text: string) => {
  const [block] = parse(text)
  if (block?.kind !== 'lines') throw new Error(`${text} is not lines`)
  return block.children
}
const words = (text: string) => ({ kind: 'text', text })
const marked = (kind: string, mark: string, ...children: object[]) => ({ kind, open: mark, close: mark, children })

describe('marks', () => {
  test.each([
    ['**bold**', [marked('bold', '**', words('bold'))]],
    ['*italic*', [marked('italic', '*', words('italic'))]],
    ['_italic_', [marked('italic', '_', words('italic'))]],
    ['~~gone~~', [marked('strike', '~~', words('gone'))]],
    ['`x * y`', [{ kind: 'code', open: '`', text: 'x * y', close: '`' }]],
    ['***both***', [marked('bold', '**', marked('italic', '*', words('both')))]],
    ['a **b _c_ d** e', [words('a '), marked('bold', '**', words('b '), marked('italic', '_', words('c')), words(' d')), words(' e')]],
    ['(*so*)', [words('('), marked('italic', '*', words('so')), words(')')]],
  ])('%s', (text, nodes) => expect(inline(text)).toEqual(nodes))

  test.each(['2 * 3 * 4', '2*3*4', 'snake_case_name', '* item', '**', '****', '*open', 'a ~ b ~ c', '`open', '``', '** no **', '*a\nb*'])(
    '%s stays as it is',
    (text) => expect(inline(text)).toEqual([words(text)]),
  )
  test('what is in code is nothing else', () =>
    expect(inline('`**a** https://a.example`')).toEqual([{ kind: 'code', open: '`', text: '**a** https://a.example', close: '`' }]))
})

describe('blocks', () => {
  test('code between fences, with everything in it', () =>
    expect(parse('before\n```ts\nconst a = **1**\n\n> x\n```\nafter')).toEqual([
      { kind: 'lines', open: '', children: [words('before')], close: '' },
      { kind: 'codeBlock', open: '\n```ts\n', text: 'const a = **1**\n\n> x', close: '\n```' },
      { kind: 'lines', open: '\n', children: [words('after')], close: '' },
    ]))
  test('a fence that is never closed is text', () => expect(inline('```\nabc')).toEqual([words('```\nabc')]))
  test('lines that are quoted are one quote', () =>
    expect(parse('> a\n>b\nc')).toMatchObject([
      {
        kind: 'quote',
        lines: [
          { open: '> ', children: [words('a')] },
          { open: '\n>', children: [words('b')] },
        ],
      },
      { kind: 'lines', open: '\n', children: [words('c')] },
    ]))
})

describe('links and mentions', () => {
  test.each([
    ['https://a.example/x', 'https://a.example/x', 'https://a.example/x'],
    ['see https://a.example/x.', 'https://a.example/x', 'https://a.example/x'],
    ['(https://a.example/x_(y))', 'https://a.example/x_(y)', 'https://a.example/x_(y)'],
    ['HTTP://A.Example', 'HTTP://A.Example', 'http://a.example/'],
    ['*https://a.example*', 'https://a.example', 'https://a.example/'],
    ['mailto:mira@a.example?', 'mailto:mira@a.example', 'mailto:mira@a.example'],
    ['https://аррӏе.example', 'https://аррӏе.example', 'https://xn--80ak6aa92e.example/'],
  ])('%s', (text, shown, href) => {
    const find = (nodes: readonly Inline[]): Inline[] => nodes.flatMap((node) => ('children' in node ? find(node.children) : node))
    expect(find(inline(text)).filter(({ kind }) => kind === 'link')).toEqual([{ kind: 'link', text: shown, href }])
  })
  test.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'cairn:x',
    'xhttps://a.example',
    'https://',
    'http://?',
    'https://bank.example@evil.example/',
    'mailto:x',
  ])('%s is no link', (text) => expect(inline(text)).toEqual([words(text)]))
  test('what is too long to look over is no link', () =>
    expect(inline(`https://a.example/${'x'.repeat(2048)}`)).toMatchObject([{ kind: 'text' }]))
  test('a mention is what the message says it is, marks in it or not', () =>
    expect(parse('hi @Mi_ra_ and *you*', [{ from: 3, length: 7, id }])).toMatchObject([
      { children: [words('hi '), { kind: 'mention', text: '@Mi_ra_', id }, words(' and '), { kind: 'italic' }] },
    ]))
  test.each([
    { from: 0, length: 100, id },
    { from: 2, length: 3, id },
  ])('one that does not fit is passed over', (mention) =>
    expect(parse('abc\nd', [mention])).toMatchObject([{ children: [words('abc\nd')] }]),
  )
})

test('what a reader sees, on one line', () => expect(shownText('**Hi** _you_\n> quoted\n\n```\ncode\n```')).toBe('Hi you quoted code'))

test('without its marks, and where each character stands', () => {
  const source = 'a **b `c`**\n> _d_\n```js\ne*\n```\nhttps://x.example/_y_ f'
  const { text, places } = plainOf(source)
  expect(text).toBe('a b c\nd\ne*\nhttps://x.example/_y_ f')
  expect(places.map((at) => source[at]).join('')).toBe(text)
  expect([...places].sort((a, b) => a - b)).toEqual(places)
})

describe('any text', () => {
  const bits = fc.constantFrom(
    ...[
      '*',
      '**',
      '_',
      '~~',
      '~',
      '`',
      '```',
      '\n',
      '> ',
      '>',
      ' ',
      '(',
      ')',
      'a',
      'B',
      '.',
      'https://a.example',
      'http://',
      'mailto:a@b',
      '@',
      '🙂',
      '\u202e',
      '<b>',
    ],
  )
  const texts = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.array(bits, { maxLength: 60 }).map((parts) => parts.join('')),
  )
  const mentions = fc.array(fc.record({ from: fc.nat(80), length: fc.nat(12), id: fc.constant(id) }), { maxLength: 5 })

  test('is in the tree, whole and in order, with or without mentions', () =>
    fc.assert(
      fc.property(texts, mentions, (text, names) => void expect(sourceOf(parse(text, names))).toBe(text)),
      { numRuns: 3000 },
    ))

  test('has no other nodes than those of the list, and no address but of three schemes', () =>
    fc.assert(
      fc.property(texts, (text) => {
        for (const node of nodesOf(parse(text))) {
          expect(['lines', 'quote', 'codeBlock', 'text', 'bold', 'italic', 'strike', 'code', 'link', 'mention']).toContain(node.kind)
          if (node.kind === 'link') expect(node.href).toMatch(/^(https?:\/\/|mailto:)/)
        }
      }),
      { numRuns: 1000 },
    ))

  test('is nested no deeper than there are marks', () =>
    fc.assert(
      fc.property(texts, (text) => void expect(depth(parse(text))).toBeLessThanOrEqual(5)),
      { numRuns: 1000 },
    ))
})

test.each(['*', '**', '_', '`', '~~', '```\n', '> ', '*a ', 'http://', 'https://a.example ', '(', '**_~~*'])(
  'work grows with the length, not with its square: %s',
  (bit) => {
    const [short, long] = [3_000, 12_000].map((length) => bit.repeat(Math.ceil(length / bit.length)).slice(0, length)) as [string, string]
    expect(workFor(long)).toBeLessThanOrEqual(4.5 * (workFor(short) + 10))
    expect(sourceOf(parse(long))).toBe(long)
  },
)

/** How often and how far the parser looks into its text. */
function workFor(text: string): number {
  const spies = [vi.spyOn(RegExp.prototype, 'exec'), vi.spyOn(String.prototype, 'indexOf'), vi.spyOn(String.prototype, 'slice')]
  parse(text)
  const calls = spies.flatMap(({ mock }) => mock.results.map(({ value }) => value as unknown))
  spies.forEach((spy) => spy.mockRestore())
  return calls.reduce<number>(
    (sum, value) => sum + 1 + (Array.isArray(value) ? String(value[0]).length : typeof value === 'string' ? value.length : 0),
    0,
  )
}

function nodesOf(blocks: readonly Block[]): (Block | Inline)[] {
  const inner = (nodes: readonly Inline[]): Inline[] =>
    nodes.flatMap((node) => ('children' in node ? [node, ...inner(node.children)] : [node]))
  return blocks.flatMap((block): (Block | Inline)[] => {
    if (block.kind === 'codeBlock') return [block]
    return [block, ...(block.kind === 'quote' ? block.lines.flatMap((line) => inner(line.children)) : inner(block.children))]
  })
}
function depth(blocks: readonly Block[]): number {
  const of = (nodes: readonly Inline[]): number => Math.max(0, ...nodes.map((node) => ('children' in node ? 1 + of(node.children) : 1)))
  return Math.max(
    0,
    ...blocks.map((block) =>
      'lines' in block ? Math.max(...block.lines.map(({ children }) => of(children))) : 'children' in block ? of(block.children) : 1,
    ),
  )
}
