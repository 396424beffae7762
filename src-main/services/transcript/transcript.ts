/** One conversation as a page that people read: made piece by piece, with nothing in it that acts or is fetched. */
import type { Language } from '#shared/contract/appModels.ts'
import type { Item, Quote, TextMessage } from '#shared/contract/itemModels.ts'
import { transcriptStyle } from './style.ts'
import { transcriptWords, type TranscriptWords } from './words.ts'

interface About {
  name: string
  /** Of this person. */
  ownName: string
  language: Language
  now: number
  timeZone?: string
}

interface Page {
  about: About
  words: TranscriptWords
  day(at: number): string
  time(at: number): string
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
/** What turns the direction of everything after it, or is no character of HTML, has no place in a text either. */
const unfit = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g

/** For element content and quoted attributes. */
export const escaped = (text: string): string => text.replace(unfit, '\ufffd').replace(/[&<>"']/g, (character) => escapes[character] ?? '')

/** The page in pieces; `items` come in the order they are shown. */
export function* transcript(about: About, items: Iterable<Item>): Generator<string> {
  const page = pageOf(about)
  yield head(page)
  let day = ''
  for (const item of items) {
    const today = page.day(item.kind === 'text' ? item.sentAt : item.at)
    if (today !== day) yield `<h2>${escaped(today)}</h2>\n`
    day = today
    yield item.kind === 'text'
      ? message(page, item)
      : `<p class="line">${escaped(page.words.line(item, about.name))} ${timeOf(page, item.at)}</p>\n`
  }
  yield '</main>\n</body>\n</html>\n'
}

function pageOf(about: About): Page {
  const zone = about.timeZone === undefined ? {} : { timeZone: about.timeZone }
  const tag = about.language === 'en' ? 'en-GB' : about.language
  const days = new Intl.DateTimeFormat(tag, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', ...zone })
  const times = new Intl.DateTimeFormat(tag, { hour: '2-digit', minute: '2-digit', ...zone })
  return { about, words: transcriptWords[about.language], day: (at) => days.format(clamped(at)), time: (at) => times.format(clamped(at)) }
}

/** An author's clock may say anything; a date has limits. */
const clamped = (at: number): number => Math.min(Math.max(0, at), 8.64e15)

/** The policy holds even where a reader opens the file in a browser: it may load nothing and run nothing. */
function head({ about, words, day }: Page): string {
  const title = escaped(words.title(about.name))
  return `<!doctype html>
<html lang="${about.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${transcriptStyle}</style>
</head>
<body>
<header><h1>${title}</h1><p>${escaped(words.saved(day(about.now)))}</p></header>
<main>
`
}

const timeOf = ({ time }: Page, at: number): string => `<time datetime="${new Date(clamped(at)).toISOString()}">${escaped(time(at))}</time>`

function message(page: Page, item: TextMessage): string {
  const { about, words } = page
  const marks = [item.forwarded && words.forwarded, item.editedAt !== null && words.edited].filter((mark) => mark !== false)
  const who = `<strong>${escaped(item.own ? `${about.ownName} (${words.you})` : (item.author?.name ?? about.name))}</strong>`
  const tail = marks.length > 0 ? ` <span class="about">${marks.join(', ')}</span>` : ''
  const text = item.deleted ? `<p class="gone">${words.deleted}</p>` : `<p dir="auto">${escaped(item.text)}</p>`
  return `<article${item.own ? ' class="own"' : ''}>${who}${timeOf(page, item.sentAt)}${tail}${quote(page, item.reply)}${attachment(item)}${text}${reactions(page, item)}</article>\n`
}

/** Named, and not in the page. */
function attachment({ file }: TextMessage & { file?: { name: string } | null }): string {
  return file ? `<p class="about">[${escaped(file.name)}]</p>` : ''
}

function quote({ about, words }: Page, reply: Quote | null): string {
  if (reply === null) return ''
  const said = reply.state === 'here' ? escaped(reply.text) : reply.state === 'deleted' ? words.deleted : words.missing
  const whose =
    reply.state === 'missing' ? '' : `${escaped(words.inReplyTo(reply.own ? about.ownName : (reply.author?.name ?? about.name)))}: `
  return `<blockquote dir="auto"><span class="about">${whose}</span>${said}</blockquote>`
}

function reactions({ about, words }: Page, { reactions: all }: TextMessage): string {
  if (all.length === 0) return ''
  return `<p class="about">${all.map(({ emoji, own, author }) => `${escaped(emoji)} ${escaped(own ? words.you : (author?.name ?? about.name))}`).join(' · ')}</p>`
}
