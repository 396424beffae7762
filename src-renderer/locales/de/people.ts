import type { people } from '../people.ts'
import type { Widen } from '../types.ts'

const texts = (n: number) => (n === 1 ? '1 Nachricht' : `${n} Nachrichten`)
const sessions = (n: number) => (n === 1 ? '1 Sitzung' : `${n} Sitzungen`)

export const dePeople: Widen<typeof people> = {
  menu: {
    label: (name) => `Mehr zu ${name}`,
    rename: 'Umbenennen…',
    muteHour: '1 Stunde stumm',
    muteEight: '8 Stunden stumm',
    muteAlways: 'Stumm, bis ich es ändere',
    unmute: 'Nicht mehr stumm',
    details: 'Einzelheiten',
    reset: 'Sitzung zurücksetzen…',
    stop: 'Verbinden abbrechen…',
    block: 'Blockieren…',
    unblock: 'Nicht mehr blockieren',
    remove: 'Löschen…',
  },
  muted: {
    short: 'Stumm',
    until: (time) => `Stumm bis ${time}`,
    quiet: (n) => `${n} ungelesen, stumm`,
  },
  rename: {
    title: (name) => `Wie nennst du ${name}?`,
    label: 'Name',
    hint: (own) => `Nur du siehst das. Leer gilt der selbst gewählte Name: ${own}.`,
    action: 'Umbenennen',
    ownName: (own) => `Nennt sich selbst ${own}`,
  },
  remove: {
    title: (name) => `${name} löschen?`,
    text: (name) =>
      `Eure Unterhaltung, die gemeinsamen Schlüssel und alles, was noch auf den Versand wartet, verschwinden endgültig von diesem Computer. ${name} behält die eigene Kopie, erfährt nichts davon und bekommt nichts Neues. Eine frische Einladung bringt euch wieder zusammen.`,
    block: (name) => `${name} auch blockieren`,
    blockText: 'Einladungen und Antworten von dort werden abgewiesen. Dafür bleiben id und Name in der Liste der Blockierten.',
    keep: 'Behalten',
    action: (name) => `${name} löschen`,
    done: (name) => `${name} ist gelöscht.`,
  },
  question: {
    title: (name) => `${name} hat eine ältere Kopie zurückgespielt. Fehlendes wieder schicken?`,
    text: (name, n) =>
      `Dort ${n === 1 ? 'fehlt' : 'fehlen'} ${texts(n)} eurer Unterhaltung. Wenn du nicht sicher bist, dass es ${name} ist, frag vorher am Telefon: Wer ${name} die Schlüssel und eine alte Kopie gestohlen hat, würde dasselbe verlangen.`,
    yes: 'Wieder schicken',
    no: 'Nicht schicken',
  },
  resetAll: {
    title: 'Alle Sitzungen zurücksetzen?',
    text: 'Jede Unterhaltung bekommt neue Schlüssel, eine nach der anderen. Mach das, wenn du eine Sicherung zurückgespielt hast oder glaubst, dass jemand an diesem Computer war. Nachrichten und Prüfmarken bleiben; was noch nicht zugestellt ist, wird noch einmal geschickt.',
    keep: 'So lassen',
    action: 'Alle zurücksetzen',
    runningTitle: 'Sitzungen werden erneuert',
    progress: (done, total) => `${done} von ${total} fertig`,
    line: (done, total) => `${sessions(total)} zu erneuern, ${done} fertig`,
    goesOn: 'Du kannst das schließen und schon schreiben. Es geht von selbst weiter, auch nach einem Neustart.',
    waiting: 'Gewartet wird auf die Computer von:',
    more: (n) => `und ${n} weiteren`,
    stop: 'Nicht mehr zeigen',
    doneTitle: 'Alle Sitzungen sind neu',
    doneText: (total) => `${total === 1 ? '1 Unterhaltung hat' : `${total} Unterhaltungen haben`} neue Schlüssel.`,
    doneLine: 'Alle Sitzungen sind neu',
    close: 'Schließen',
    done: 'Fertig',
    nobody: 'Es gibt niemanden, dessen Sitzung zurückgesetzt werden könnte.',
  },
}
