import { defaultRangeExtractor, useVirtualizer } from '@tanstack/vue-virtual'
import { computed, nextTick, ref, watch, type ShallowRef } from 'vue'
import { rove } from './roving.ts'

/** `--size-row`, which every row has: 4rem. */
const rowHeight = 4 * parseFloat(getComputedStyle(document.documentElement).fontSize)
/** Rows kept above and below what can be seen, so that scrolling shows no gaps. */
const overscan = 5

/**
 * A list of which only what can be seen is in the document. One row is in the tab order, wherever it is scrolled to: the last one
 * focused, else the selected one, else the first. Rows are marked with `data-index`; what takes the focus in them is a button.
 */
export function useVirtualList(
  box: Readonly<ShallowRef<HTMLElement | null>>,
  keys: () => readonly string[],
  selected: () => string | null,
) {
  const places = computed(() => new Map(keys().map((key, index) => [key, index])))
  const focused = ref<string | null>(null)
  const tabStop = computed(() => [focused.value, selected()].find((key) => key !== null && places.value.has(key)) ?? keys()[0])
  const pinned = computed(() => places.value.get(tabStop.value ?? ''))

  const virtualizer = useVirtualizer(
    computed(() => {
      const [all, pin] = [keys(), pinned.value]
      return {
        count: all.length,
        getScrollElement: () => box.value,
        getItemKey: (index: number) => all[index] ?? index,
        estimateSize: () => rowHeight,
        initialRect: { width: 0, height: innerHeight },
        overscan,
        rangeExtractor: (range: Parameters<typeof defaultRangeExtractor>[0]) => withPinned(defaultRangeExtractor(range), pin),
      }
    }),
  )

  /** In the document first, then focused, which scrolls to it. */
  async function focusAt(index: number): Promise<void> {
    focused.value = keys()[index] ?? null
    await nextTick()
    box.value?.querySelector<HTMLElement>(`[data-index="${String(index)}"] button`)?.focus()
  }

  /** True if the key was for moving among the rows. */
  function onMoveKey(event: KeyboardEvent): boolean {
    const next = rove(event.key, pinned.value ?? 0, keys().length)
    if (next === null) return false
    event.preventDefault()
    void focusAt(next)
    return true
  }

  watch(selected, (key) => {
    const index = places.value.get(key ?? '')
    if (index !== undefined) virtualizer.value.scrollToIndex(index, { align: 'auto' })
  })

  /** While the list is hidden, nothing can be seen of it; the row of the tab order is there to take the focus as soon as it is shown. */
  const rows = computed(() => {
    const seen = virtualizer.value.getVirtualItems().map(({ index, start }) => ({ index, start }))
    return seen.length === 0 && pinned.value !== undefined ? [{ index: pinned.value, start: pinned.value * rowHeight }] : seen
  })

  return {
    rows,
    height: computed(() => virtualizer.value.getTotalSize()),
    pinned,
    tabStop,
    focused: (key: string) => void (focused.value = key),
    focusAt,
    onMoveKey,
  }
}

function withPinned(range: number[], pin: number | undefined): number[] {
  return pin === undefined || range.includes(pin) ? range : [...range, pin].sort((a, b) => a - b)
}
