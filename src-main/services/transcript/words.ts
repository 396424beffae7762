/** What a saved conversation says of itself, in the language of the window that asked for it. */
import type { Language, SystemLine } from '#shared/contract/models.ts'

export interface TranscriptWords {
  title(name: string): string
  saved(date: string): string
  you: string
  edited: string
  forwarded: string
  deleted: string
  missing: string
  inReplyTo(name: string): string
  line(line: Pick<SystemLine, 'event' | 'by' | 'count' | 'text'>, name: string): string
}

const en: TranscriptWords = {
  title: (name) => `Conversation with ${name}`,
  saved: (date) => `Saved from Cairn on ${date}. This file is not encrypted.`,
  you: 'You',
  edited: 'edited',
  forwarded: 'forwarded',
  deleted: 'This message was deleted.',
  missing: 'a message that is not here',
  inReplyTo: (name) => `in reply to ${name}`,
  line({ event, by, count, text }, name) {
    const who = by === 'you' ? 'you' : by === 'them' ? name : 'Cairn'
    const lines: Record<SystemLine['event'], string> = {
      connected: `You and ${name} are connected.`,
      reset: `Session reset by ${who}${count > 0 ? `, ${count} waiting ${count === 1 ? 'message' : 'messages'} arrived` : ''}`,
      verified: `You and ${name} compared safety numbers. They match.`,
      unverified: `The verified mark of ${name} was removed.`,
      mismatch: `The safety numbers did not match.`,
      renamed: `${text} is now called ${name}.`,
      newer: `${name} sent something that a newer Cairn can show.`,
      timer: count === 0 ? 'Messages stay for good from here on.' : `Messages disappear after ${duration('en', count)} from here on.`,
    }
    return lines[event]
  },
}

const de: TranscriptWords = {
  title: (name) => `Unterhaltung mit ${name}`,
  saved: (date) => `Gespeichert aus Cairn am ${date}. Diese Datei ist nicht verschlüsselt.`,
  you: 'Du',
  edited: 'bearbeitet',
  forwarded: 'weitergeleitet',
  deleted: 'Diese Nachricht wurde gelöscht.',
  missing: 'eine Nachricht, die nicht hier ist',
  inReplyTo: (name) => `Antwort an ${name}`,
  line({ event, by, count, text }, name) {
    const who = by === 'you' ? 'dir' : by === 'them' ? name : 'Cairn'
    const arrived = count === 1 ? '1 wartende Nachricht ist angekommen' : `${count} wartende Nachrichten sind angekommen`
    const lines: Record<SystemLine['event'], string> = {
      connected: `Du und ${name} seid verbunden.`,
      reset: `Sitzung von ${who} zurückgesetzt${count > 0 ? `, ${arrived}` : ''}`,
      verified: `Du und ${name} habt die Sicherheitsnummern verglichen. Sie stimmen überein.`,
      unverified: `${name} gilt nicht mehr als überprüft.`,
      mismatch: 'Die Sicherheitsnummern stimmten nicht überein.',
      renamed: `${text} heißt jetzt ${name}.`,
      newer: `${name} hat etwas geschickt, das erst ein neueres Cairn zeigen kann.`,
      timer: count === 0 ? 'Nachrichten bleiben ab hier für immer.' : `Nachrichten verschwinden ab hier nach ${duration('de', count)}.`,
    }
    return lines[event]
  },
}

const units = [
  [604_800, 'week'],
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
] as const

/** The largest unit that fits without a rest; in German all of them read the same after "nach" but one, which the plural rule knows. */
function duration(language: Language, seconds: number): string {
  const [size, unit] = units.find(([size]) => seconds % size === 0) ?? [1, 'second']
  const n = seconds / size
  if (language === 'de' && unit === 'day' && n > 1) return `${n} Tagen`
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(n)
}

export const transcriptWords: Record<Language, TranscriptWords> = { en, de }
