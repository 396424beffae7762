/** Deutsch: per Du, in ganzen Sätzen, mit denselben Schlüsseln wie Englisch. Each file stands beside the English one of its name. */
import type { Words } from '../types.ts'
import { deAccount } from './account.ts'
import { deFiles } from './files.ts'
import { deGroups } from './groups.ts'
import { deIntroductions } from './introductions.ts'
import { deLan } from './lan.ts'
import { deStart } from './start.ts'
import { deList } from './list.ts'
import { deChat } from './chat.ts'
import { deInvites } from './invites.ts'
import { deContact } from './contact.ts'
import { dePeople } from './people.ts'
import { deSearch } from './search.ts'
import { deSettings } from './settings.ts'
import { deTalk } from './talk.ts'
import { deTransfer } from './transfer.ts'

export { deErrors } from './errors.ts'
export const de: Words = {
  app: {
    name: 'Cairn',
    starting: 'Cairn wird geöffnet…',
    notRunning: {
      title: 'Cairn läuft nicht',
      text: 'Dieses Fenster hat das Programm dahinter verloren. Was du geschrieben hast, ist dort aufgehoben. Starte Cairn wieder; dieses Fenster macht von selbst weiter.',
      retrying: 'Alle paar Sekunden wird danach gesucht…',
    },
    signedOut: {
      title: 'Dieses Fenster ist abgemeldet',
      text: 'Jede Adresse, die Cairn ausgibt, meldet ein Fenster an, einmal.',
      how: 'Drück im Terminal, in dem Cairn läuft, die Eingabetaste und öffne die Adresse, die es ausgibt. Läuft es nicht, starte es mit:',
      command: 'npm start',
    },
  },
  common: {
    close: 'Schließen',
    cancel: 'Abbrechen',
    back: 'Zurück',
    copy: 'Kopieren',
    copied: 'Kopiert',
    copyDetails: 'Einzelheiten kopieren',
    tryAgain: 'Noch einmal',
    dismiss: 'Ausblenden',
    notNow: 'Nicht jetzt',
    more: 'Mehr',
  },
  ...deStart,
  ...deList,
  ...deChat,
  ...deInvites,
  ...deContact,
  ...dePeople,
  ...deAccount,
  ...deTransfer,
  files: deFiles,
  groups: deGroups,
  introductions: deIntroductions,
  lan: deLan,
  search: deSearch,
  talk: deTalk,
  settings: deSettings,
}
