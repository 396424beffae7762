import type { Pinia } from 'pinia'
import { nextTick } from 'vue'
import { CairnError, type ErrorCode } from '#shared/errors.ts'
import { en } from '../../../src-renderer/locales/en.ts'
import { words } from '../../../src-renderer/locales/index.ts'
import { useUi, type Dialog } from '../../../src-renderer/stores/ui.ts'
import type { FakeBridge } from '../fakeBridge.ts'
import type { FakeState } from '../fakeModel.ts'
import { busyState } from '../fakeState.ts'

/** One screen in one state. */
export interface Scene {
  state: () => FakeState
  answers?: FakeBridge['answers']
  then?: Step
}
/** What a person does there; the scene is ready when it is done. */
export type Step = (pinia: Pinia, bridge: FakeBridge) => void | Promise<void>

export const select =
  (id: string, detailsOpen = false) =>
  (pinia: Pinia) => {
    useUi(pinia).selected = { kind: 'conversation', id }
    useUi(pinia).detailsOpen = detailsOpen
  }
export const dialog = (open: Dialog) => (pinia: Pinia) => useUi(pinia).open(open)
export const both =
  (...steps: Step[]): Step =>
  async (pinia, bridge) => {
    for (const step of steps) await step(pinia, bridge)
  }
export const fails =
  (code: ErrorCode, more: Record<string, string | number> = {}) =>
  () => {
    throw new CairnError(code, { details: more })
  }
export const click = (selector: string) => () => void nextTick(() => document.querySelector<HTMLElement>(selector)?.click())
export const never = () => new Promise<never>(() => {})
export const changed = (change: (state: FakeState) => void) => () => {
  const state = busyState()
  change(state)
  return state
}
const pause = () => new Promise((resolve) => setTimeout(resolve, 10))
async function until<T>(look: () => T | null | undefined): Promise<T> {
  for (;;) {
    const found = look()
    if (found) return found
    await pause()
  }
}
/** Where an English sentence stands, and what stands there in the language spoken now; steps are written in English. */
function pathOf(tree: unknown, text: string): string[] | null {
  if (tree === text) return []
  if (typeof tree !== 'object' || tree === null) return null
  for (const [key, value] of Object.entries(tree)) {
    const found = pathOf(value, text)
    if (found) return [key, ...found]
  }
  return null
}
const inWords = (english: string): string => {
  const found = pathOf(en, english)?.reduce<unknown>((tree, key) => (tree as Record<string, unknown>)[key], words)
  return typeof found === 'string' ? found : english
}

/** A click on the first button or tab with that text, once it is there. */
export const press = async (english: string): Promise<void> => {
  const name = inWords(english)
  const all = () => [...document.querySelectorAll<HTMLElement>('button, [role="tab"], summary')]
  ;(await until(() => all().find(({ textContent }) => textContent.trim() === name))).click()
}
/** Types into the field with that label, once it is there. */
export const fill = async (english: string, value: string): Promise<void> => {
  const label = inWords(english)
  const labels = () => [...document.querySelectorAll('label')]
  const found = await until(() => labels().find(({ textContent }) => textContent.trim() === label))
  const field = found.control as HTMLInputElement
  field.value = value
  field.dispatchEvent(new Event('input', { bubbles: true }))
}
export const sees = async (text: string): Promise<void> => void (await until(() => document.body.textContent.includes(inWords(text))))
export const page =
  (kind: 'requests' | 'openInvites') =>
  (pinia: Pinia): void => {
    useUi(pinia).selected = { kind, id: '' }
  }
