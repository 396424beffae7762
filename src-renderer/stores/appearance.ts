import { defineStore } from 'pinia'
import type { Input } from '#shared/contract/contract.ts'
import { languages } from '#shared/contract/limits.ts'
import type { Appearance, Language } from '#shared/contract/appModels.ts'
import { dates } from '../composables/dates.ts'
import { speak } from '../locales/index.ts'

const usual: Appearance = { theme: 'system', textSize: 100, language: 'system' }

/** The first of the system's languages that Cairn speaks. */
const ofSystem = (): Language =>
  navigator.languages.flatMap((tag) => languages.find((known) => tag.toLowerCase().split('-')[0] === known) ?? [])[0] ?? languages[0]

/** Chromium asks container queries in rem again only where the container itself has changed. */
function resizeText(percent: number): void {
  const { style } = document.documentElement
  style.fontSize = percent === 100 ? '' : `${percent}%`
  style.containerType = 'normal'
  void document.documentElement.offsetWidth
  style.containerType = ''
}

/** Theme, text size and language, also where no profile is open. */
export const useAppearance = defineStore('appearance', {
  state: (): { values: Appearance; spoken: Language } => ({ values: usual, spoken: languages[0] }),
  actions: {
    /** Puts it on the page. What is shown already speaks the other language once `spoken` has changed. */
    async apply(values: Appearance) {
      const { dataset } = document.documentElement
      if (values.theme === 'system') delete dataset['theme']
      else dataset['theme'] = values.theme
      resizeText(values.textSize)
      this.values = values
      const wanted = values.language === 'system' ? ofSystem() : values.language
      await speak(wanted)
      dates.speak(wanted)
      document.documentElement.lang = wanted
      this.spoken = wanted
    },
    /** Without an answer it looks as usual. */
    async load() {
      await this.apply(await this.api['appearance.get']({}).catch(() => usual))
    },
    async set(changes: Input<'appearance.set'>) {
      await this.apply(await this.api['appearance.set'](changes))
    },
  },
})
