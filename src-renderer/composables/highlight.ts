import { nextTick, onUnmounted, watch, type Ref } from 'vue'
import { parseQuery, type Term } from '#shared/search/query.ts'
import { rangesIn } from '#shared/search/ranges.ts'

const name = 'search'

/**
 * Marks the words of `query` in the texts inside the box. The browser paints over what is there (CSS Custom Highlight API), so a text may
 * be made of whatever elements it needs; where a browser cannot, nothing is marked.
 */
export function useHighlight(box: Readonly<Ref<HTMLElement | null>>, query: () => string, changed: () => unknown) {
  if (!('highlights' in CSS)) return
  const mark = async () => {
    await nextTick()
    const terms = parseQuery(query())
    if (terms.length === 0 || !box.value) return void CSS.highlights.delete(name)
    const texts = [...box.value.querySelectorAll('.bubble .body')]
    CSS.highlights.set(name, new Highlight(...texts.flatMap((text) => rangesOf(text, terms))))
  }
  watch([query, changed], mark, { immediate: true })
  onUnmounted(() => CSS.highlights.delete(name))
}

function rangesOf(element: Element, terms: readonly Term[]): Range[] {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  const nodes: { node: Node; from: number; end: number }[] = []
  for (let node = walker.nextNode(), from = 0; node; node = walker.nextNode()) {
    const end = from + (node.nodeValue?.length ?? 0)
    nodes.push({ node, from, end })
    from = end
  }
  return (rangesIn(element.textContent, terms) ?? []).flatMap(([start, length]) => {
    const [first, last] = [nodes.find(({ end }) => end > start), nodes.find(({ end }) => end >= start + length)]
    if (!first || !last) return []
    const range = document.createRange()
    range.setStart(first.node, start - first.from)
    range.setEnd(last.node, start + length - last.from)
    return [range]
  })
}
