import type { FileLabel } from '#shared/contract/itemModels.ts'
import { words } from '../locales/index.ts'

/** What a message says in one line: its text, and what its file is. */
export const messageWords = ({ text, file }: { text: string; file: FileLabel | null }): string =>
  file === null ? text : words.files.withText(words.files.label(file.kind, file.name), text)
