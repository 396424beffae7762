import { onUnmounted, ref, watch, type Ref } from 'vue'
import { isCairnError } from '#shared/errors.ts'
import { fullAddress } from '../lib/addresses.ts'

export type RelayCheck =
  | { state: 'empty' | 'checking' }
  | { state: 'reached'; ms: number; address: string }
  | { state: 'failed'; error: unknown; /** The person may go on: the relay may answer later. */ mayStart: boolean }

const typingPauseMs = 500

/** Asks a relay whether it is there, a moment after the last key; an answer that was overtaken by typing is dropped. */
export function useRelayCheck(address: Ref<string>, ask: (address: string) => Promise<{ ms: number; address: string }>) {
  const check = ref<RelayCheck>({ state: 'empty' })
  let timer: ReturnType<typeof setTimeout> | undefined
  let round = 0

  async function now(): Promise<void> {
    clearTimeout(timer)
    const mine = ++round
    const wanted = fullAddress(address.value)
    if (wanted === '') {
      check.value = { state: 'empty' }
      return
    }
    check.value = { state: 'checking' }
    const result = await ask(wanted).then(
      (answer): RelayCheck => ({ state: 'reached', ...answer }),
      (error: unknown): RelayCheck => ({ state: 'failed', error, mayStart: isCairnError(error) && error.retryable }),
    )
    if (mine === round) check.value = result
  }
  watch(address, () => {
    round++
    clearTimeout(timer)
    check.value = { state: address.value.trim() === '' ? 'empty' : 'checking' }
    timer = setTimeout(() => void now(), typingPauseMs)
  })
  onUnmounted(() => clearTimeout(timer))
  return { check, now }
}
