/** Every word the shell itself says, in the window's language, outside the page: menus, the tray, notifications, the system's dialogs. */
import type { Appearance } from '#shared/contract/appModels.ts'
const messages = (n: number) => `${n} unread ${n === 1 ? 'message' : 'messages'}`

const english = {
  name: 'Cairn',
  menu: { file: 'File', edit: 'Edit', view: 'View', window: 'Window' },
  tray: {
    open: (unread: number) => (unread === 0 ? 'Open Cairn' : `Open Cairn (${messages(unread)})`),
    quit: 'Quit Cairn',
    tip: (unread: number) => (unread === 0 ? 'Cairn' : `Cairn: ${messages(unread)}`),
  },
  badge: messages,
  notification: { message: 'New message', picture: 'Photo', voice: 'Voice note' },
  failed: {
    title: 'Cairn could not start',
    text: 'Something unexpected went wrong. Nothing was changed. Start it again; if it stays so, start it from a terminal and read what it says.',
  },
}

const nachrichten = (n: number) => `${n} ungelesene ${n === 1 ? 'Nachricht' : 'Nachrichten'}`

const german: typeof english = {
  name: 'Cairn',
  menu: { file: 'Datei', edit: 'Bearbeiten', view: 'Ansicht', window: 'Fenster' },
  tray: {
    open: (unread) => (unread === 0 ? 'Cairn öffnen' : `Cairn öffnen (${nachrichten(unread)})`),
    quit: 'Cairn beenden',
    tip: (unread) => (unread === 0 ? 'Cairn' : `Cairn: ${nachrichten(unread)}`),
  },
  badge: nachrichten,
  notification: { message: 'Neue Nachricht', picture: 'Foto', voice: 'Sprachnachricht' },
  failed: {
    title: 'Cairn konnte nicht starten',
    text: 'Etwas Unerwartetes ist schiefgegangen. Geändert wurde nichts. Starte es noch einmal; bleibt es so, starte es in einem Terminal und lies, was es sagt.',
  },
}

export let words = english

/** Follows the window; `system` is the language of the computer. */
export function speak(language: Appearance['language'], system = new Intl.DateTimeFormat().resolvedOptions().locale): void {
  words = (language === 'system' ? system.split('-')[0] : language) === 'de' ? german : english
}
