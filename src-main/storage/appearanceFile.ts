/**
 * `appearance.json` beside `profiles.json`: theme, text size and language, in the open, because the lock screen and the first start have them
 * too (docs/decisions/0021-appearance.md). One that cannot be read counts as none.
 */
import { join } from 'node:path'
import * as v from 'valibot'
import { languages, limits } from '#shared/contract/limits.ts'
import type { Appearance } from '#shared/contract/appModels.ts'
import { isCairnError } from '#shared/errors.ts'
import type { AppearancePort, Random } from '../ports.ts'
import { fileSize, makeFolder, readStart, writeAtomically } from './files.ts'

const fileName = 'appearance.json'
const mostBytes = 4096

const schema = v.object({
  v: v.literal(1),
  theme: v.fallback(v.picklist(['system', 'light', 'dark']), 'system'),
  textSize: v.fallback(v.pipe(v.number(), v.integer(), v.minValue(limits.textSizeLeast), v.maxValue(limits.textSizeMost)), 100),
  language: v.fallback(v.picklist(['system', ...languages]), 'system'),
})

const usual: Appearance = { theme: 'system', textSize: 100, language: 'system' }

/** Errors of `set`: `keystore.unwritable`, `keystore.disk-full`. */
export function createAppearanceFile(base: string, random: Random): AppearancePort {
  const path = join(base, fileName)
  let current = read()

  function read(): Appearance {
    try {
      if (fileSize(path) === null) return usual
      const { theme, textSize, language } = v.parse(schema, JSON.parse(new TextDecoder().decode(readStart(path, mostBytes))) as unknown)
      return { theme, textSize, language }
    } catch (error) {
      if (isCairnError(error) || error instanceof SyntaxError || v.isValiError(error)) return usual
      throw error
    }
  }

  return {
    get: () => current,
    set(changes) {
      const next = { ...current, ...changes }
      makeFolder(base)
      writeAtomically(path, new TextEncoder().encode(`${JSON.stringify({ v: 1, ...next }, null, 2)}\n`), random)
      return (current = next)
    },
  }
}
