import { watch, type Ref } from 'vue'
import { useDesktop } from '../stores/desktop.ts'

interface Acts {
  /** Whether there is a desktop that things are opened on. */
  isThere: Ref<boolean>
  invite(text: string): void
  conversation(id: string): void
  fail(error: unknown): void
}

/** Takes what was opened from outside the window: at once, and whenever there is more. Before the profile is open it waits. */
export function useOpened({ isThere, invite, conversation, fail }: Acts): void {
  const desktop = useDesktop()
  const take = async () => {
    const opened = await desktop.take()
    if (opened?.kind === 'invite') invite(opened.text)
    if (opened?.kind === 'conversation') conversation(opened.id)
  }
  watch(
    () => [isThere.value, desktop.waiting],
    () => {
      if (isThere.value) take().catch(fail)
    },
    { immediate: true },
  )
}
