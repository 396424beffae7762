/** Every sentence of the program, in one place. The tone: say what happened, what it means, what to do next. */
import { account } from './account.ts'
import { files } from './files.ts'
import { groups } from './groups.ts'
import { introductions } from './introductions.ts'
import { lan } from './lan.ts'
import { people } from './people.ts'
import { search } from './search.ts'
import { settings } from './settings.ts'
import { transfer } from './transfer.ts'
import { talk } from './talk.ts'
import { start } from './start.ts'
import { list } from './list.ts'
import { chat } from './chat.ts'
import { invites } from './invites.ts'
import { contact } from './contact.ts'

export const en = {
  ...start,
  ...list,
  ...chat,
  ...invites,
  ...contact,
  ...people,
  ...account,
  groups,
  introductions,
  lan,
  search,
  ...transfer,
  settings,
  talk,
  app: {
    name: 'Cairn',
    starting: 'Opening Cairn…',
    notRunning: {
      title: 'Cairn is not running',
      text: 'This window has lost the program behind it. What you wrote is kept there. Start Cairn again; this window goes on by itself.',
      retrying: 'Looking for it every few seconds…',
    },
    signedOut: {
      title: 'This window is signed out',
      text: 'Each address that Cairn prints signs in one window, once.',
      how: 'In the terminal where Cairn runs, press Enter and open the address it prints. If it is not running, start it with:',
      command: 'npm start',
    },
  },
  files,
  common: {
    close: 'Close',
    cancel: 'Cancel',
    back: 'Back',
    copy: 'Copy',
    copied: 'Copied',
    copyDetails: 'Copy details',
    tryAgain: 'Try again',
    dismiss: 'Dismiss',
    notNow: 'Not now',
    more: 'More',
  },
} as const
