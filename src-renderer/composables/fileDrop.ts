import { ref, type Ref } from 'vue'
import { ownDrag } from './files.ts'

/** Invites go where they always go (`DropTarget.vue`). */
const isInvite = (file: File) => file.name.endsWith('.cairn')

/** Files dropped or pasted on an element; texts are left to whoever else wants them. */
export function useFileDrop(enabled: Readonly<Ref<boolean>>, add: (files: File[]) => void) {
  const over = ref(false)
  const takes = ({ dataTransfer }: DragEvent) =>
    enabled.value && dataTransfer !== null && dataTransfer.types.includes('Files') && !dataTransfer.types.includes(ownDrag)
  const filesOf = (data: DataTransfer | null) => [...(data?.files ?? [])].filter((file) => !isInvite(file))

  return {
    over,
    onOver(event: DragEvent) {
      if (!takes(event)) return
      event.preventDefault()
      over.value = true
    },
    onLeave(event: DragEvent) {
      const inside =
        event.currentTarget instanceof Node && event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget)
      if (!inside) over.value = false
    },
    onDrop(event: DragEvent) {
      over.value = false
      const files = takes(event) ? filesOf(event.dataTransfer) : []
      if (files.length === 0) return
      event.preventDefault()
      event.stopPropagation()
      add(files)
    },
    onPaste(event: ClipboardEvent) {
      const files = enabled.value ? filesOf(event.clipboardData) : []
      if (files.length === 0) return
      event.preventDefault()
      add(files)
    },
  }
}
