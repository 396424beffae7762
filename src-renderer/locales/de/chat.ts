import type { chat } from '../chat.ts'
import type { Widen } from '../types.ts'
import { count, messages } from './counted.ts'

const arrived = (n: number) => (n === 1 ? '1 wartende Nachricht ist da' : `${n} wartende Nachrichten sind da`)

export const deChat: Widen<typeof chat> = {
  chat: {
    label: (name) => `Unterhaltung mit ${name}`,
    log: (name) => `Nachrichten mit ${name}`,
    back: 'Zurück zu den Unterhaltungen',
    details: 'Einzelheiten',
    verified: 'Geprüft',
    unverified: 'Noch nicht geprüft',
    mismatch: 'Die Sicherheitsnummern stimmen nicht überein',
    connecting: 'Verbindet · noch nicht geprüft',
    blocked: 'Blockiert',
    older: 'Ältere Nachrichten werden geladen…',
    start: 'Der Anfang eurer Unterhaltung',
    loading: 'Nachrichten werden geladen…',
    newest: 'Zum Neuesten',
    newestCount: (n) => `${n} neue ${n === 1 ? 'Nachricht' : 'Nachrichten'}, zum Neuesten`,
    newLine: 'Neue Nachrichten',
    sent: (time) => `gesendet ${time}`,
    message: (who, text, meta) => `${who}: ${text} ${meta}`,
    you: 'Du',
    announce: (name, text) => `${name}: ${text}`,
    held: (n, time) => `${messages(n)} seit ${time}, warten auf das Zurücksetzen`,
    retry: 'Jetzt versuchen',
  },
  composer: {
    label: (name) => `Nachricht an ${name}`,
    send: 'Senden',
    resetNote: 'Du kannst weiterschreiben. Gesendet wird, sobald die Sitzung zurückgesetzt ist.',
    connectingNote: 'Du kannst schon schreiben. Gesendet wird, wenn die Sitzung sich öffnet.',
    offlineNote: 'Kein Relay ist zu erreichen. Was du schreibst, wird gesendet, sobald eines antwortet.',
    tooLong: (over) => `${over} Zeichen zu lang. Teil es in zwei Nachrichten.`,
    left: (n) => `noch ${n} Zeichen`,
    blockedNote: (name) => `Du hast ${name} blockiert. Nichts kommt herein, nichts geht hinaus.`,
    unblock: 'Freigeben',
  },
  system: {
    connected: (by, name) =>
      by === 'them' ? `${name} hat deine Einladung angenommen. Ihr seid verbunden.` : `Du und ${name} seid verbunden.`,
    introduced: (name, by) => `Du und ${name} seid verbunden, vorgestellt von ${by}.`,
    reset: (by, time, count, repeats) =>
      (repeats > 1 ? `Sitzung ${repeats}-mal zurückgesetzt, zuletzt ${time}` : `Sitzung zurückgesetzt von ${by}, ${time}`) +
      (count > 0 ? ` · ${arrived(count)}` : ''),
    by: (by, name) => (by === 'you' ? 'dir' : by === 'them' ? name : 'Cairn'),
    verified: (name) => `Du und ${name} habt die Sicherheitsnummern verglichen. Sie stimmen überein.`,
    unverified: (name) => `Du hast die Prüfmarke von ${name} entfernt.`,
    mismatch: (name) => `Ein Code, den du gescannt hast, passte nicht zu ${name}.`,
    newer: (name) => `${name} hat etwas geschickt, das ein neueres Cairn braucht. Es ist aufgehoben, bis deines so weit ist.`,
    renamed: (old, name) => `${old} heißt jetzt ${name}.`,
    timer: (by, name, time) => {
      const who = by === 'them' ? `${name} hat` : 'Du hast'
      return time === null
        ? `${who} verschwindende Nachrichten ausgeschaltet.`
        : `${who} verschwindende Nachrichten eingeschaltet (Frist: ${time}).`
    },
  },
  timer: {
    of: (seconds) => {
      if (seconds === 0) return null
      const units = [
        [604_800, 'Woche', 'Wochen'],
        [86_400, 'Tag', 'Tage'],
        [3_600, 'Stunde', 'Stunden'],
        [60, 'Minute', 'Minuten'],
      ] as const
      const [size, one, many] = units.find(([size]) => seconds % size === 0) ?? ([1, 'Sekunde', 'Sekunden'] as const)
      return count(seconds / size, one, many)
    },
  },
  banner: {
    broken: {
      title: (name) => `Neue Nachrichten von ${name} sind auf diesem Computer nicht lesbar.`,
      text: (n) =>
        'Die Sitzung zwischen euch passt nicht mehr. Das kann vorkommen, nachdem eine Sicherung zurückgespielt wurde. ' +
        (n > 0
          ? `Verloren ist nichts: ${n === 1 ? '1 Nachricht wartet und kommt' : `${n} Nachrichten warten und kommen`} nach dem Zurücksetzen von selbst.`
          : 'Nach dem Zurücksetzen wird alles, was noch nicht zugestellt ist, noch einmal geschickt.'),
      why: 'Warum?',
      action: 'Sitzung zurücksetzen',
    },
    running: {
      title: 'Sitzung wird zurückgesetzt…',
      text: (name) => `Gewartet wird auf den Computer von ${name}. Das geht im Hintergrund weiter.`,
      theirs: (name) => `Der Computer von ${name} hat um neue Schlüssel gebeten. Das geht im Hintergrund weiter.`,
      cancel: 'Abbrechen',
    },
    noAnswer: {
      title: (name, time) => `Der Computer von ${name} hat ${time} lang nicht geantwortet.`,
      text: (name) =>
        `Cairn versucht es weiter. Hat ${name} den Computer gewechselt, bringt auch eine frische Einladung die Unterhaltung in Ordnung.`,
      action: 'Frische Einladung machen',
    },
  },
  why: {
    title: 'Warum sind sie nicht lesbar?',
    text: (name) => [
      `Du und ${name} teilt eine Sitzung: Schlüssel, die sich mit jeder Nachricht ändern, damit ein gestohlener Schlüssel nichts Älteres öffnet.`,
      'Wenn ein Computer in der Zeit zurückgeht, zum Beispiel weil eine Sicherung zurückgespielt wurde, haben die beiden nicht mehr dieselben Schlüssel.',
      `Ein Zurücksetzen gibt euch beiden neue. Deine Nachrichten und die Prüfmarke bleiben, und der Computer von ${name} schickt noch einmal, was du nicht lesen konntest.`,
    ],
    close: 'Verstanden',
  },
  reset: {
    title: (name) => `Die Sitzung mit ${name} zurücksetzen?`,
    text: 'Ihr bekommt beide neue Schlüssel. Nachrichten und die Prüfmarke bleiben. Was noch nicht zugestellt ist, wird noch einmal geschickt.',
    keep: 'So lassen',
    action: 'Sitzung zurücksetzen',
  },
}
