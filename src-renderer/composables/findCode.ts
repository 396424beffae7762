import { computed, ref } from 'vue'
import type { CodeAsk, FoundCode } from '#shared/contract/accountModels.ts'
import { CairnError } from '#shared/errors.ts'
import { fullAddress } from '../lib/addresses.ts'
import { isCode, splitCode } from '../lib/userCode.ts'

export type FindPhase = { at: 'enter' } | { at: 'finding'; relay: string | null } | { at: 'found' | 'asking' | 'asked'; found: FoundCode }

export interface FindPorts {
  find(code: string, relay: string | null): Promise<FoundCode>
  ask(code: string, relay: string): Promise<void>
  asked(): readonly CodeAsk[]
}

/** From a typed code to an ask that is on its way. A step that was overtaken by another changes nothing. */
export function useFindCode(ports: FindPorts) {
  const phase = ref<FindPhase>({ at: 'enter' })
  const error = ref<unknown>(null)
  let round = 0

  async function step(during: FindPhase, back: FindPhase, work: () => Promise<FindPhase>) {
    const mine = ++round
    error.value = null
    phase.value = during
    try {
      const next = await work()
      if (mine === round) phase.value = next
    } catch (failure) {
      if (mine !== round) return
      error.value = failure
      phase.value = back
    }
  }
  /** @param written the relay as typed; empty: the one of the own code */
  async function find(text: string, written: string): Promise<void> {
    const { code, relay: behind } = splitCode(text)
    const relay = fullAddress(behind ?? written) || null
    if (isCode(code)) {
      return step({ at: 'finding', relay }, { at: 'enter' }, async () => ({ at: 'found', found: await ports.find(code, relay) }))
    }
    error.value = new CairnError('code.invalid') // nobody needs to be asked to know that
  }
  const ask = (found: FoundCode) =>
    step({ at: 'asking', found }, { at: 'found', found }, async () => {
      await ports.ask(found.code, found.relay)
      return { at: 'asked', found }
    })
  function restart() {
    round++
    error.value = null
    phase.value = { at: 'enter' }
  }
  const found = computed(() => ('found' in phase.value ? phase.value.found : null))
  /** The ask as it is now; none once it is settled. */
  const made = computed(() => ports.asked().find(({ code, relay }) => code === found.value?.code && relay === found.value.relay))
  return { phase, error, found, made, find, ask, restart }
}
