/** What went wrong with codes, accounts and backups; see errors.ts. */
import type { ErrorCode } from '#shared/errors.ts'

type Details = Readonly<Record<string, string | number>>
type AccountError = Extract<ErrorCode, `account.${string}` | `backup.${string}` | `challenge.${string}` | `code.${string}`>

export const accountErrors: Record<AccountError, (details: Details) => { title: string; text: string }> = {
  'account.exists': () => ({ title: 'You have a code already.', text: 'Delete it first if you want one at another relay.' }),
  'account.none': () => ({ title: 'There is no account on this computer.', text: 'It may have been deleted in another window.' }),
  'account.no-service': () => ({
    title: 'This relay has no directory and no accounts.',
    text: 'It carries messages only. Ask whoever runs it, or choose another one.',
  }),
  'account.needs-tls': () => ({
    title: 'This relay’s address is not encrypted.',
    text: 'Codes and backups need an address that begins with wss://. Nothing was sent.',
  }),
  'account.invitation': () => ({
    title: 'This relay wants an invitation.',
    text: 'Ask whoever runs it for one. Each works once.',
  }),
  'account.wrong-password': () => ({
    title: 'The code or the password is wrong.',
    text: 'Check both, and the relay: a code belongs to one relay alone.',
  }),
  'account.signed-out': () => ({
    title: 'The password was changed on another computer.',
    text: 'Type the new one in Settings, Code & backup; then Cairn goes on saving.',
  }),
  'account.not-changed': () => ({
    title: 'The password was not changed.',
    text: 'Another computer changed it at the same moment, or the relay forgot about it. The old one still counts; try again.',
  }),
  'account.refused': () => ({ title: 'The relay refused.', text: 'Nothing was lost. Try again later, or ask whoever runs it.' }),
  'challenge.other-host': () => ({
    title: 'This relay passes on what another one asked.',
    text: 'Somebody may stand in between. Nothing was answered; check the relay’s address before you try again.',
  }),
  'backup.none': () => ({
    title: 'This account has no backup.',
    text: 'The password is right, but nothing was ever saved. Start fresh and invite your contacts again.',
  }),
  'backup.outdated': () => ({
    title: 'The key server gave an old backup.',
    text: 'This computer has seen a newer one. Nothing was restored from it.',
  }),
  'backup.too-large': () => ({
    title: 'The backup is too large for a key server.',
    text: 'What was saved before is still there. Delete contacts that you no longer need, then save again.',
  }),
  'code.invalid': () => ({
    title: 'This is not a code.',
    text: 'A code has seven letters and digits, like E011T7D. Read it once more, letter by letter.',
  }),
  'code.unknown': () => ({
    title: 'Nobody has this code.',
    text: 'Check the letters and the relay: a code belongs to one relay alone.',
  }),
  'code.own': () => ({ title: 'This is your own code.', text: 'Give it to somebody who wants to reach you.' }),
  'code.asked': () => ({ title: 'You have asked already.', text: 'They see it when they open Cairn. Nothing more is needed.' }),
  'code.too-many': () => ({ title: 'Too many are being asked at once.', text: 'Wait for an answer, or take one back first.' }),
  'code.elsewhere': () => ({
    title: 'Another copy of this profile is connected with your code.',
    text: 'Whoever asks is shown there. Close one of the two.',
  }),
  'code.no-ask': () => ({ title: 'This is no longer waiting.', text: 'It may have been settled in another window.' }),
}
