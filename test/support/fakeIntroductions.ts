/** Introductions of the scripted app. */
import type { AppEvent } from '#shared/contract/events.ts'
import type { Introduction } from '#shared/contract/inviteModels.ts'
import type { FakeState } from './fakeModel.ts'
import { writer } from './fakeGroups.ts'
import { days, fakeId } from './fakeState.ts'

export function introductionAnswers(state: FakeState, emit: (event: AppEvent) => void) {
  const settle = (id: string, as: Introduction['state']): null => {
    state.introductions = state.introductions.map((one) => (one.id === id ? { ...one, state: as } : one))
    emit({ type: 'introductions', introductions: state.introductions })
    return null
  }
  return {
    'introductions.list': () => state.introductions,
    'introductions.offer': () => null,
    'introductions.ask': () => null,
    'introductions.answer': ({ introductionId, accept }: { introductionId: string; accept: boolean }) =>
      settle(introductionId, accept ? 'connecting' : 'refused'),
    'introductions.cancel': ({ introductionId }: { introductionId: string }) => settle(introductionId, 'cancelled'),
  }
}

export const introduction = (other: string, more: Partial<Introduction> = {}): Introduction => ({
  ...{
    id: fakeId(`introduction of ${other}`).slice(0, 32),
    role: 'target',
    reason: 'offer',
    via: writer('Mira Holt'),
    other: writer(other),
  },
  ...{ target: null, group: null, state: 'asks', at: days(1), expires: days(-6) },
  ...more,
})
