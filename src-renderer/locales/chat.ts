/** Words about one conversation: what is written, what happened, and what is wrong with it. */
import { count, messages } from './counted.ts'

export const chat = {
  chat: {
    label: (name: string) => `Conversation with ${name}`,
    log: (name: string) => `Messages with ${name}`,
    back: 'Back to conversations',
    details: 'Details',
    verified: 'Verified',
    unverified: 'Not verified yet',
    mismatch: 'The safety numbers do not match',
    connecting: 'Connecting · not verified yet',
    blocked: 'Blocked',
    older: 'Loading older messages…',
    start: 'The beginning of your conversation',
    loading: 'Loading messages…',
    newest: 'Jump to newest',
    newestCount: (n: number) => `${n} new ${n === 1 ? 'message' : 'messages'}, jump to newest`,
    newLine: 'New messages',
    sent: (time: string) => `sent ${time}`,
    message: (who: string, text: string, meta: string) => `${who}: ${text} ${meta}`,
    you: 'You',
    announce: (name: string, text: string) => `${name}: ${text}`,
    held: (n: number, time: string) => `${messages(n)} since ${time}, waiting for the reset`,
    retry: 'Try now',
  },
  composer: {
    label: (name: string) => `Message ${name}`,
    send: 'Send',
    resetNote: 'You can go on writing. It is sent as soon as the session is reset.',
    connectingNote: 'You can write already. It is sent when the session opens.',
    offlineNote: 'No relay can be reached. What you write is sent when one answers.',
    tooLong: (over: number) => `Too long by ${count(over, 'character', 'characters')}. Split it into two messages.`,
    left: (n: number) => `${count(n, 'character', 'characters')} left`,
    blockedNote: (name: string) => `You blocked ${name}. Nothing comes in or goes out.`,
    unblock: 'Unblock',
  },
  system: {
    connected: (by: 'you' | 'them' | 'program', name: string) =>
      by === 'them' ? `${name} accepted your invite. You are connected.` : `You and ${name} are connected.`,
    introduced: (name: string, by: string) => `You and ${name} are connected, introduced by ${by}.`,
    reset: (by: string, time: string, count: number, repeats: number) =>
      (repeats > 1 ? `Session reset ${repeats} times, last ${time}` : `Session reset by ${by}, ${time}`) +
      (count > 0 ? ` · ${waiting(count)} arrived` : ''),
    by: (by: 'you' | 'them' | 'program', name: string) => (by === 'you' ? 'you' : by === 'them' ? name : 'Cairn'),
    verified: (name: string) => `You and ${name} compared safety numbers. They match.`,
    unverified: (name: string) => `You removed the verified mark of ${name}.`,
    mismatch: (name: string) => `A code you scanned did not match ${name}.`,
    newer: (name: string) => `${name} sent something that needs a newer Cairn. It is kept until yours is updated.`,
    renamed: (old: string, name: string) => `${old} is now called ${name}.`,
    timer: (by: 'you' | 'them' | 'program', name: string, time: string | null) =>
      time === null
        ? `${by === 'them' ? name : 'You'} turned disappearing messages off.`
        : `${by === 'them' ? name : 'You'} set new messages to disappear after ${time}.`,
  },
  timer: {
    /** Null: for good. */
    of: (seconds: number): string | null => {
      if (seconds === 0) return null
      const [unit, n] = [
        ['week', seconds / 604_800] as const,
        ['day', seconds / 86_400] as const,
        ['hour', seconds / 3_600] as const,
        ['minute', seconds / 60] as const,
      ].find(([, count]) => Number.isInteger(count)) ?? ['second', seconds]
      return `${n} ${unit}${n === 1 ? '' : 's'}`
    },
  },
  banner: {
    broken: {
      title: (name: string) => `New messages from ${name} can’t be read on this computer.`,
      text: (n: number) =>
        'The session between you no longer fits. This can happen after a backup was restored. ' +
        (n > 0
          ? `Nothing is lost: ${messages(n)} ${n === 1 ? 'is' : 'are'} waiting and ${n === 1 ? 'arrives by itself' : 'arrive by themselves'} after a reset.`
          : 'After a reset, anything not yet delivered is sent again.'),
      why: 'Why?',
      action: 'Reset session',
    },
    running: {
      title: 'Resetting the session…',
      text: (name: string) => `Waiting for ${name}’s computer to answer. This goes on in the background.`,
      theirs: (name: string) => `${name}’s computer asked for new keys. This goes on in the background.`,
      cancel: 'Cancel',
    },
    noAnswer: {
      title: (name: string, time: string) => `${name}’s computer hasn’t answered for ${time}.`,
      text: (name: string) => `Cairn keeps trying. If ${name} changed computers, a fresh invite mends this conversation too.`,
      action: 'Make a fresh invite',
    },
  },
  why: {
    title: 'Why can’t they be read?',
    text: (name: string) => [
      `You and ${name} share a session: keys that change with every message, so that a stolen key opens nothing older.`,
      'When one computer goes back in time, for example after a backup was put back, the two no longer hold the same keys.',
      `A reset gives both of you new keys. Your messages and the verified mark stay, and ${name}’s computer sends again what you couldn’t read.`,
    ],
    close: 'Got it',
  },
  reset: {
    title: (name: string) => `Reset the session with ${name}?`,
    text: 'Both of you get new keys. Messages and the verified mark stay. Anything not yet delivered is sent again.',
    keep: 'Keep as it is',
    action: 'Reset session',
  },
} as const

function waiting(n: number): string {
  return `${n} waiting ${n === 1 ? 'message' : 'messages'}`
}
