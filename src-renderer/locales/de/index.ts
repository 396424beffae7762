/** Deutsch: per Du, in ganzen Sätzen, mit denselben Schlüsseln wie Englisch. Each file stands beside the English one of its name. */
import type { Words } from '../types.ts'
import { deAccount } from './account.ts'
import { deFiles } from './files.ts'
import { deGroups } from './groups.ts'
import { deIntroductions } from './introductions.ts'
import { deLan } from './lan.ts'
import { deMain } from './main.ts'
import { dePeople } from './people.ts'
import { deSearch } from './search.ts'
import { deSettings } from './settings.ts'
import { deTalk } from './talk.ts'
import { deTransfer } from './transfer.ts'

export { deErrors } from './errors.ts'
export const de: Words = {
  ...deMain,
  ...dePeople,
  ...deAccount,
  ...deTransfer,
  files: deFiles,
  groups: deGroups,
  introductions: deIntroductions,
  lan: deLan,
  search: deSearch,
  talk: deTalk,
  settings: deSettings,
}
