import type { Words } from '../types.ts'

export const deSearch: Words['search'] = {
  label: 'Suche',
  placeholder: 'Suchen',
  clear: 'Suche beenden',
  people: 'Leute',
  messages: 'Nachrichten',
  searching: 'Es wird gesucht…',
  nothing: (query: string) => `Nichts gefunden für „${query}“.`,
  nothingText: 'Gesucht wurde in Namen und Nachrichten auf diesem Computer. Prüf die Schreibweise oder nimm nur ein Wort.',
  found: (people: number, messages: number, more: boolean) =>
    `${people === 1 ? '1 Person' : `${people} Leute`}, ${messages}${more ? ' oder mehr' : ''} ${messages === 1 && !more ? 'Nachricht' : 'Nachrichten'} gefunden`,
  more: 'Mehr zeigen',
  you: 'Du:',
  filters: 'Filter',
  from: 'Geschrieben von',
  anyone: 'Allen',
  me: 'Mir',
  them: 'Anderen',
  inside: (name: string) => `Nur mit ${name}`,
  since: 'Ab',
  until: 'Bis',
  gone: 'Diese Nachricht ist nicht mehr hier. Sie wurde gelöscht oder ist verschwunden.',
  chat: {
    open: 'In dieser Unterhaltung suchen',
    label: (name: string) => `In der Unterhaltung mit ${name} suchen`,
    older: 'Älter',
    newer: 'Neuer',
    end: 'Suche beenden',
    none: 'Nichts gefunden',
    place: (at: number, of: number, more: boolean) => `${at} von ${of}${more ? '+' : ''}`,
  },
}
