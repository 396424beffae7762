/** Search in all its states. */
import type { Pinia } from 'pinia'
import { nextTick } from 'vue'
import { useSearch } from '../../../src-renderer/stores/search.ts'
import { useUi } from '../../../src-renderer/stores/ui.ts'
import { busyState, people } from '../fakeState.ts'
import { both, click, fails, never, select, type Scene } from './steps.ts'

const look = (query: string) => async (pinia: Pinia) => {
  const search = useSearch(pinia)
  search.query = query
  const asked = search.look()
  await nextTick()
  if (query !== 'waiting') await asked
}
const inside = (query: string) => async (pinia: Pinia) => {
  const search = useSearch(pinia)
  search.openInside(people.mira.id)
  await nextTick()
  search.insideQuery = query
  while (useUi(pinia).jump === null && !document.querySelector('.chat-search-place')?.textContent)
    await new Promise((next) => setTimeout(next, 10))
}

export const searchScenes: Record<string, Scene> = {
  search: { state: busyState, then: both(select(people.mira.id), look('mi')) },
  'search-filters': { state: busyState, then: both(select(people.mira.id), look('the'), click('.search [aria-expanded]')) },
  'search-none': { state: busyState, then: look('tent pole') },
  'search-loading': { state: busyState, answers: { 'search.messages': never }, then: look('waiting') },
  'search-failed': { state: busyState, answers: { 'search.messages': fails('keystore.damaged') }, then: look('anything') },
  'search-inside': { state: busyState, then: both(select(people.mira.id), inside('the')) },
}
