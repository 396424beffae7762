/** What a saved conversation says of itself, in the language of the window that asked for it. */
import type { Language } from '#shared/contract/appModels.ts'
import type { SystemLine } from '#shared/contract/itemModels.ts'

export interface TranscriptWords {
  title(name: string): string
  saved(date: string): string
  you: string
  edited: string
  forwarded: string
  deleted: string
  missing: string
  inReplyTo(name: string): string
  line(line: Pick<SystemLine, 'event' | 'by' | 'count' | 'text' | 'author'>, name: string): string
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
  line({ event, by, count, text, author }, name) {
    const who = by === 'you' ? 'you' : by === 'them' ? name : 'Cairn'
    const [Doer, whom] = [author?.name ?? 'You', new Intl.ListFormat('en').format(text.split('\n'))]
    const lines: Record<SystemLine['event'], string> = {
      connected: text === '' ? `You and ${name} are connected.` : `You and ${name} are connected, introduced by ${text}.`,
      reset: `Session reset by ${who}${count > 0 ? `, ${count} waiting ${count === 1 ? 'message' : 'messages'} arrived` : ''}`,
      verified: `You and ${name} compared safety numbers. They match.`,
      unverified: `The verified mark of ${name} was removed.`,
      mismatch: `The safety numbers did not match.`,
      renamed: `${text} is now called ${name}.`,
      newer: `${name} sent something that a newer Cairn can show.`,
      timer: count === 0 ? 'Messages stay for good from here on.' : `Messages disappear after ${duration('en', count)} from here on.`,
      'group-created': `${Doer} made this group.`,
      'group-joined': `${Doer} joined.`,
      'group-added': `${Doer} added ${whom}.`,
      'group-left': `${Doer} left.`,
      'group-removed': `${Doer} removed ${whom}.`,
      'group-renamed': `${Doer} named the group “${text}”.`,
      'group-picture': `${Doer} changed the picture of the group.`,
      'group-promoted': `${Doer} made ${whom} an admin.`,
      'group-demoted': `${Doer} took the role of an admin from ${whom}.`,
      'group-owner': `${Doer} handed the group over to ${whom}.`,
      'group-dissolved': `${Doer} dissolved the group.`,
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
  line({ event, by, count, text, author }, name) {
    const who = by === 'you' ? 'dir' : by === 'them' ? name : 'Cairn'
    const [Doer, has, whom] = [author?.name ?? 'Du', author ? 'hat' : 'hast', new Intl.ListFormat('de').format(text.split('\n'))]
    const arrived = count === 1 ? '1 wartende Nachricht ist angekommen' : `${count} wartende Nachrichten sind angekommen`
    const lines: Record<SystemLine['event'], string> = {
      connected: text === '' ? `Du und ${name} seid verbunden.` : `Du und ${name} seid verbunden, vorgestellt von ${text}.`,
      reset: `Sitzung von ${who} zurückgesetzt${count > 0 ? `, ${arrived}` : ''}`,
      verified: `Du und ${name} habt die Sicherheitsnummern verglichen. Sie stimmen überein.`,
      unverified: `${name} gilt nicht mehr als überprüft.`,
      mismatch: 'Die Sicherheitsnummern stimmten nicht überein.',
      renamed: `${text} heißt jetzt ${name}.`,
      newer: `${name} hat etwas geschickt, das erst ein neueres Cairn zeigen kann.`,
      timer: count === 0 ? 'Nachrichten bleiben ab hier für immer.' : `Nachrichten verschwinden ab hier nach ${duration('de', count)}.`,
      'group-created': `${Doer} ${has} diese Gruppe gegründet.`,
      'group-joined': `${Doer} ${author ? 'ist' : 'bist'} beigetreten.`,
      'group-added': `${Doer} ${has} ${whom} hinzugefügt.`,
      'group-left': `${Doer} ${has} die Gruppe verlassen.`,
      'group-removed': `${Doer} ${has} ${whom} entfernt.`,
      'group-renamed': `${Doer} ${has} die Gruppe „${text}“ genannt.`,
      'group-picture': `${Doer} ${has} das Bild der Gruppe geändert.`,
      'group-promoted': `${Doer} ${has} ${whom} zum Admin gemacht.`,
      'group-demoted': `${Doer} ${has} ${whom} die Rolle als Admin genommen.`,
      'group-owner': `${Doer} ${has} die Gruppe an ${whom} übergeben.`,
      'group-dissolved': `${Doer} ${has} die Gruppe aufgelöst.`,
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
