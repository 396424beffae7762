import { nextTick, onMounted, onUnmounted, ref, watch, type Ref } from 'vue'

const nearPx = 64
/** More is asked for when so many heights of the box are left: what is fetched meanwhile is there before it can be seen. */
const aheadBoxes = 2

export interface LogEdges {
  first: () => string | undefined
  last: () => string | undefined
  /** Newer items exist than those in the list. */
  detached: () => boolean
  /** Id of a message that is to be in the middle; null: none. */
  target: () => string | null
  wantOlder: () => void
  wantNewer: () => void
  /** The target is in its place. */
  arrived: (element: HTMLElement) => void
}

/**
 * Keeps a message list where the reader expects it: at the newest message while they are there, on the line they read while items are put
 * in or taken away at either end, and at a message they were sent to.
 */
export function useLogScroll(box: Readonly<Ref<HTMLElement | null>>, edges: LogEdges) {
  const atBottom = ref(true)
  let observer: ResizeObserver | undefined

  const toBottom = () => {
    if (box.value) box.value.scrollTop = box.value.scrollHeight
    atBottom.value = true
  }
  const toElement = (element: Element) => {
    element.scrollIntoView({ block: 'center' })
    onScroll()
  }
  /** False where it is not in the list. */
  function toTarget(): boolean {
    const id = edges.target()
    const element = id === null ? null : box.value?.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`)
    if (!element) return false
    toElement(element)
    edges.arrived(element)
    return true
  }
  function onScroll() {
    const log = box.value
    if (!log) return
    const below = log.scrollHeight - log.scrollTop - log.clientHeight
    atBottom.value = below < nearPx
    const ahead = aheadBoxes * log.clientHeight
    if (log.scrollTop < ahead) edges.wantOlder()
    else if (below < ahead && edges.detached()) edges.wantNewer()
  }
  /** A line the reader sees, and where; what is put in above it or taken away must not move it. */
  function holdLine(): () => void {
    const log = box.value
    if (!log) return () => undefined
    const top = log.getBoundingClientRect().top
    const line = [...log.querySelectorAll('[data-id]')].find((element) => element.getBoundingClientRect().bottom > top)
    const before = line?.getBoundingClientRect().top ?? 0
    return () => {
      if (line?.isConnected) log.scrollTop += line.getBoundingClientRect().top - before
    }
  }
  // before the document changes
  watch([edges.first, edges.last], async () => {
    const isAtEnd = atBottom.value && !edges.detached()
    const putBack = holdLine()
    await nextTick()
    if (toTarget()) return
    if (isAtEnd) toBottom()
    else putBack()
    onScroll()
  })
  watch(edges.target, () => void nextTick(toTarget))
  onMounted(() => {
    observer = new ResizeObserver(() => {
      if (atBottom.value && !edges.detached() && edges.target() === null) toBottom()
      onScroll() // a list that does not fill its box cannot be scrolled, and so could not ask for more
    })
    if (box.value) observer.observe(box.value)
  })
  onUnmounted(() => observer?.disconnect())
  return { atBottom, toBottom, toElement, toTarget, onScroll }
}
