/** Words about single contacts: their menu, their name here, quiet, and their end. */
const texts = (n: number) => (n === 1 ? '1 message' : `${n} messages`)

export const people = {
  menu: {
    label: (name: string) => `More about ${name}`,
    rename: 'Rename…',
    muteHour: 'Mute for 1 hour',
    muteEight: 'Mute for 8 hours',
    muteAlways: 'Mute until I turn it on',
    unmute: 'Unmute',
    details: 'Details',
    reset: 'Reset session…',
    stop: 'Stop connecting…',
    block: 'Block…',
    unblock: 'Unblock',
    remove: 'Delete…',
  },
  muted: {
    short: 'Muted',
    until: (time: string) => `Muted until ${time}`,
    quiet: (n: number) => `${n} unread, muted`,
  },
  rename: {
    title: (name: string) => `What do you call ${name}?`,
    label: 'Name',
    hint: (own: string) => `Only you see it. Leave it empty for the name they chose: ${own}.`,
    action: 'Rename',
    ownName: (own: string) => `Calls themselves ${own}`,
  },
  remove: {
    title: (name: string) => `Delete ${name}?`,
    text: (name: string) =>
      `Your conversation, the keys you share, and what still waits to be sent go from this computer for good. ${name} keeps their copy, isn’t told, and gets nothing new. A fresh invite brings you together again.`,
    block: (name: string) => `Block ${name} too`,
    blockText: 'Invites and answers of theirs are refused. For that, their id and name stay in the list of blocked people.',
    keep: 'Keep',
    action: (name: string) => `Delete ${name}`,
    done: (name: string) => `${name} is deleted.`,
  },
  question: {
    title: (name: string) => `${name} restored an older copy. Send back what it lacks?`,
    text: (name: string, n: number) =>
      `${texts(n)} of your conversation ${n === 1 ? 'is' : 'are'} missing there. If you are not sure that it is ${name}, ask by voice first: somebody who stole ${name}’s keys and an old copy would ask for the same.`,
    yes: 'Send back',
    no: 'Don’t send',
  },
  resetAll: {
    title: 'Reset all sessions?',
    text: 'Every conversation gets new keys, one after another. Use it after putting back a backup, or when you think that somebody had access to this computer. Messages and verified marks stay; what is not delivered yet is sent again.',
    keep: 'Keep as they are',
    action: 'Reset all',
    runningTitle: 'Bringing sessions back',
    progress: (done: number, total: number) => `${done} of ${total} done`,
    line: (done: number, total: number) => `Bringing ${total} ${total === 1 ? 'session' : 'sessions'} back, ${done} done`,
    goesOn: 'You can close this and write already. It goes on by itself, also after a restart.',
    waiting: 'Waiting for the computers of:',
    more: (n: number) => `and ${n} more`,
    stop: 'Stop showing this',
    doneTitle: 'All sessions are new',
    doneText: (total: number) => `${total} ${total === 1 ? 'conversation has' : 'conversations have'} new keys.`,
    doneLine: 'All sessions are new',
    close: 'Close',
    done: 'Done',
    nobody: 'There is nobody whose session could be reset.',
  },
} as const
