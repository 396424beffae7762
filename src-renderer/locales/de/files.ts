import type { FileDanger, FileKind } from '#shared/files.ts'
import type { Words } from '../types.ts'

const units = ['Byte', 'KB', 'MB'] as const
/** In Schritten von 1.024, höchstens drei Stellen. */
const size = (bytes: number): string => {
  const step = bytes < 1024 ? 0 : bytes < 1024 * 1000 ? 1 : 2
  const value = bytes / 1024 ** step
  return `${value >= 100 || step === 0 ? Math.round(value) : value.toFixed(1).replace('.', ',')} ${units[step] ?? ''}`
}
const clock = (seconds: number): string => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`
const danger: Record<FileDanger, string> = {
  program: 'Das ist ein Programm. Wer es öffnet, lässt es auf diesem Computer alles tun.',
  script: 'Das ist ein Skript. Wer es öffnet, lässt es auf diesem Computer alles tun.',
  page: 'Das ist eine Seite oder Zeichnung, die Programme enthalten kann.',
  macros: 'Dieses Dokument kann Programme enthalten.',
  shortcut: 'Das ist eine Verknüpfung. Sie kann jedes Programm starten.',
  disguised: 'Der Name verbirgt, was das ist. Öffne es nur, wenn du genau weißt, was es ist.',
}

export const deFiles: Words['files'] = {
  size,
  clock,
  danger,
  attach: 'Dateien anhängen',
  drop: 'Zum Anhängen loslassen',
  dropText: 'Gesendet wird erst, wenn du auf „Senden“ drückst.',
  tray: 'Dateien zum Senden',
  remove: (name: string) => `${name} entfernen`,
  reading: (percent: number) => `Wird gelesen… ${percent} %`,
  metadataStays: 'Geht so, wie sie ist: Ort, Zeit und Gerät können darin stehen.',
  sending: 'Wird gesendet…',
  caption: 'Beschriftung hinzufügen',
  label: (kind: FileKind, name: string) => ({ picture: 'Foto', voice: 'Sprachnachricht', file: name })[kind],
  withText: (label: string, text: string) => (text === '' ? label : `${label}: ${text}`),
  picture: (name: string) => `Bild ${name}`,
  open: (name: string) => `${name} ansehen`,
  state: {
    sending: (done: string, all: string) => `${done} von ${all} gesendet`,
    receiving: (done: string, all: string) => `${done} von ${all}`,
    waiting: 'Wartet auf den Absender',
    speed: (bytes: number) => `${size(bytes)}/s`,
  },
  progress: (name: string) => `Fortschritt von ${name}`,
  cancel: (name: string) => `${name} abbrechen`,
  download: (name: string) => `${name} herunterladen`,
  again: (name: string) => `${name} noch einmal versuchen`,
  save: (name: string) => `${name} speichern`,
  asks: (relay: string) =>
    `Diese Datei liegt bei ${relay}, einem Relay, das du nicht benutzt. Wer sie dort holt, zeigt ihm die eigene Internetadresse.`,
  fetchThere: 'Dort holen',
  saveDanger: { title: 'Diese Datei speichern?', keep: 'Nicht speichern', action: 'Trotzdem speichern' },
  viewer: { title: 'Bild', previous: 'Voriges Bild', next: 'Nächstes Bild', of: (n: number, all: number) => `${n} von ${all}` },
  gallery: {
    open: 'Fotos, Dateien und Sprachnachrichten',
    title: (name: string) => `Mit ${name} geteilt`,
    tabs: { picture: 'Fotos', file: 'Dateien', voice: 'Sprachnachrichten' },
    none: { picture: 'Noch keine Fotos.', file: 'Noch keine Dateien.', voice: 'Noch keine Sprachnachrichten.' },
    more: 'Ältere zeigen',
    show: 'In der Unterhaltung zeigen',
  },
  voice: {
    record: 'Sprachnachricht aufnehmen',
    recording: (time: string) => `Aufnahme läuft, ${time}`,
    level: 'Pegel',
    stop: 'Aufnahme verwerfen',
    send: 'Sprachnachricht senden',
    play: (time: string) => `Sprachnachricht abspielen, ${time}`,
    pause: 'Anhalten',
    position: 'Stelle',
    name: (time: string) => `Sprachnachricht ${time}.webm`,
  },
  auto: {
    title: 'Dateien von selbst herunterladen',
    choice: { never: 'Nie', small: 'Bis 16 MB', always: 'Immer' },
    hint: 'Dateien von Kontakten werden nur von deinem eigenen Relay geholt. Ein Relay, das du nicht benutzt, wird nie ohne dich gefragt.',
  },
}
