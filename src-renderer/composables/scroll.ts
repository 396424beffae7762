import { nextTick, onMounted, onUnmounted, ref, watch, type Ref } from 'vue'

const nearPx = 64
const olderPx = 240

/**
 * Keeps a message list where the reader expects it: at the newest message while they are there, and still when older
 * ones are put in above.
 */
export function useLogScroll(
  box: Readonly<Ref<HTMLElement | null>>,
  edges: { first: () => string | undefined; last: () => string | undefined },
  wantOlder: () => void,
) {
  const atBottom = ref(true)
  let observer: ResizeObserver | undefined

  const toBottom = () => {
    if (box.value) box.value.scrollTop = box.value.scrollHeight
    atBottom.value = true
  }
  const toElement = (element: Element | null) => {
    if (element) element.scrollIntoView({ block: 'center' })
    onScroll()
  }
  function onScroll() {
    const log = box.value
    if (!log) return
    atBottom.value = log.scrollHeight - log.scrollTop - log.clientHeight < nearPx
    if (log.scrollTop < olderPx) wantOlder()
  }
  /** A list that does not fill its box cannot be scrolled, and so could not ask for more. */
  const fill = () => {
    if (box.value && box.value.scrollHeight <= box.value.clientHeight) wantOlder()
  }
  // Before the list changes: how far the reader is from its end. After: put the same distance back.
  watch(edges.first, async (_, before) => {
    const log = box.value
    if (!log || before === undefined) return
    if (atBottom.value) return void nextTick(fill)
    const fromEnd = log.scrollHeight - log.scrollTop
    await nextTick()
    log.scrollTop = log.scrollHeight - fromEnd
  })
  watch(edges.last, async () => {
    if (!atBottom.value) return
    await nextTick()
    toBottom()
  })
  onMounted(() => {
    observer = new ResizeObserver(() => {
      if (atBottom.value) toBottom()
      fill()
    })
    if (box.value) observer.observe(box.value)
  })
  onUnmounted(() => observer?.disconnect())
  return { atBottom, toBottom, toElement, onScroll }
}
