/** Texts as they are drawn here: with links that can be opened. */
import type { Mention } from '#shared/contract/itemModels.ts'
import { parse as parseWith } from '#shared/text/markdown.ts'
import type { Block } from '#shared/text/tree.ts'
import { linkAt } from './links.ts'

/** @param mentions parts of `text` that name somebody; those that do not fit are passed over */
export const parse = (text: string, mentions: readonly Mention[] = []): Block[] => parseWith(text, { mentions, linkAt })
