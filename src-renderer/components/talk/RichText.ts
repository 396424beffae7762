import { h, type FunctionalComponent, type VNodeChild } from 'vue'
import type { Mention } from '#shared/contract/itemModels.ts'
import { parse } from '../../lib/text/markdown.ts'
import type { Block, Inline } from '#shared/text/tree.ts'
import { words } from '../../locales/index.ts'
import { useApp } from '../../stores/app.ts'
import { useUi } from '../../stores/ui.ts'

/** A text with light Markdown as nodes of its own; nothing of it ever becomes markup. A link asks before it opens. */
export const RichText: FunctionalComponent<{ text: string; mentions: readonly Mention[] }> = ({ text, mentions }) => {
  const me = useApp().profile?.id
  const ui = useUi()
  const open = (href: string, shown: string) => ui.open({ kind: 'link', href, text: shown })

  const link = ({ href, text: shown }: Extract<Inline, { kind: 'link' }>) =>
    h(
      'a',
      {
        ...{ class: 'link', role: 'link', tabindex: 0 }, // without an address of its own: nothing but the question leads there
        onClick: () => open(href, shown),
        onKeydown: (event: KeyboardEvent) => {
          if (event.key !== 'Enter') return
          event.preventDefault() // or the key would be for the dialog as well
          event.stopPropagation()
          open(href, shown)
        },
      },
      shown,
    )
  const inline = (node: Inline): VNodeChild => {
    switch (node.kind) {
      case 'text':
        return node.text
      case 'bold':
        return h('strong', node.children.map(inline))
      case 'italic':
        return h('em', node.children.map(inline))
      case 'strike':
        return h('s', node.children.map(inline))
      case 'code':
        return h('code', node.text)
      case 'link':
        return link(node)
      case 'mention':
        return h('span', { class: ['mention', { 'is-me': node.id === me }] }, node.text)
    }
  }
  const block = (node: Block): VNodeChild => {
    if (node.kind === 'codeBlock')
      return h('pre', { tabindex: 0, role: 'group', 'aria-label': words.talk.message.code }, h('code', node.text))
    if (node.kind === 'lines') return h('span', node.children.map(inline))
    const lines = node.lines.flatMap(({ children }, n) => [n === 0 ? '' : '\n', ...children.map(inline)])
    return h('blockquote', lines)
  }
  return h('div', { class: 'body' }, parse(text, mentions).map(block))
}
RichText.props = ['text', 'mentions']
