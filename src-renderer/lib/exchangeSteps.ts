import type { ExchangeStep } from '#shared/contract/inviteModels.ts'
import { words } from '../locales/index.ts'

export interface ShownStep {
  title: string
  text: string
  time: string
  state: 'done' | 'now' | 'next'
}

/**
 * The three steps in words. The first one not done is the current one and says what it waits for.
 * @param waitingFor what each step waits for while it is the current one
 */
export function showSteps(
  steps: readonly ExchangeStep[],
  role: 'inviter' | 'acceptor' | 'openInvite',
  waitingFor: Record<ExchangeStep['name'], string>,
  time: (at: number) => string,
): ShownStep[] {
  const said = words.exchange
  const current = steps.findIndex(({ at }) => at === null)
  return steps.map((step, index) => {
    const title = said[role][step.name]
    if (step.at !== null) return { title, text: '', time: time(step.at), state: 'done' }
    return index === current
      ? { title, text: waitingFor[step.name], time: said.now, state: 'now' }
      : { title, text: '', time: '', state: 'next' }
  })
}
