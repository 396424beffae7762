import type { TextMessage } from '#shared/contract/itemModels.ts'
import { words } from '../locales/index.ts'
import { messageWords } from './messageWords.ts'
import { shownText } from '#shared/text/plain.ts'

/** Asked for each time: the language may change. */
const said = () => words.talk

/** Whose message it is that another one answers, and what it said. */
export function quoteWords(quote: NonNullable<TextMessage['reply']>, name: string): { who: string; text: string } {
  const who = quote.own ? said().quote.you : (quote.author?.name ?? name)
  if (quote.state === 'missing') return { who: '', text: said().quote.missing }
  return { who, text: quote.state === 'deleted' ? said().quote.deleted : messageWords({ file: quote.file, text: shownText(quote.text) }) }
}

/**
 * @param name whose it is, where it is not an own one
 * @param meta what is said at the end: time and ticks
 */
export function messageLabel(message: TextMessage, name: string, meta: string): string {
  const who = message.own ? words.chat.you : name
  if (message.deleted) return `${message.own ? said().message.deletedByYou : said().message.deletedBy(name)}, ${meta}`
  const quote = message.reply && quoteWords(message.reply, name)
  const more = [
    ...(quote ? [said().message.inReply(quote.who, quote.text)] : []),
    ...(message.passedBy ? [words.groups.passedBy(message.passedBy.name)] : []),
    ...(message.forwarded ? [said().message.forwarded] : []),
    ...message.reactions.map(({ emoji, own, author }) => said().message.reactedWith(emoji, own ? words.chat.you : (author?.name ?? name))),
    ...(message.pinned ? [said().message.pinned] : []),
    ...(message.editedAt === null ? [] : [said().message.edited]),
    meta,
  ]
  return words.chat.message(who, messageWords({ file: message.file, text: shownText(message.text) }), more.join(', '))
}
