import type { Pinia } from 'pinia'
import { nextTick } from 'vue'
import { CairnError, errorCodes, type ErrorCode } from '#shared/errors.ts'
import { en } from '../../../src-renderer/locales/en.ts'
import { errorWords } from '../../../src-renderer/locales/errors.ts'
import { words, wordsFor, type ErrorWords } from '../../../src-renderer/locales/index.ts'
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
/** What stands in the language spoken now where English says what is looked for; steps are written in English. */
function spokenFor(isIt: (english: string) => boolean, tree: unknown = en, spoken: unknown = words): string[] {
  if (typeof tree === 'string') return isIt(tree) && typeof spoken === 'string' ? [spoken] : []
  if (typeof tree !== 'object' || tree === null) return []
  return Object.entries(tree).flatMap(([key, value]) => spokenFor(isIt, value, (spoken as Record<string, unknown>)[key]))
}
/** The same of errors, whose sentences are made when they are said. */
const errorsWith = (part: string): string[] =>
  (Object.keys(errorCodes) as ErrorCode[])
    .filter((code) => sentencesOf(errorWords[code]({})).some((sentence) => sentence.includes(part)))
    .flatMap((code) => sentencesOf(wordsFor(new CairnError(code))))
const sentencesOf = ({ title, text }: ErrorWords): string[] => [title, text]
/** What no sentence of the program says (a name) stays as it is. */
const namesOf = (english: string): ReadonlySet<string> => new Set([english, ...spokenFor((sentence) => sentence === english)])

/** A click on the first button or tab with that text, once it is there. */
export const press = async (english: string): Promise<void> => {
  const names = namesOf(english)
  const all = () => [...document.querySelectorAll<HTMLElement>('button, [role="tab"], summary')]
  ;(await until(() => all().find(({ textContent }) => names.has(textContent.trim())))).click()
}
/** Types into the field with that label, once it is there. */
export const fill = async (english: string, value: string): Promise<void> => {
  const names = namesOf(english)
  const labels = () => [...document.querySelectorAll('label')]
  const found = await until(() => labels().find(({ textContent }) => names.has(textContent.trim())))
  const field = found.control as HTMLInputElement
  field.value = value
  field.dispatchEvent(new Event('input', { bubbles: true }))
}
export const sees = async (part: string): Promise<void> => {
  const sentences = [part, ...spokenFor((sentence) => sentence.includes(part)), ...errorsWith(part)]
  await until(() => sentences.some((sentence) => document.body.textContent.includes(sentence)))
}
export const appears = async (selector: string): Promise<void> => void (await until(() => document.querySelector(selector)))
export const page =
  (kind: 'requests' | 'openInvites') =>
  (pinia: Pinia): void => {
    useUi(pinia).selected = { kind, id: '' }
  }
