/** Codes, the account, its backup and what is restored from it, in every state. */
import type { Account, Backup, CodeAsk, CodeRequest } from '#shared/contract/accountModels.ts'
import type { FakeBridge } from '../fakeBridge.ts'
import type { FakeState } from '../fakeModel.ts'
import { account, backup } from '../fakeAccount.ts'
import { busyState, days, emptyState, fakeId, hours, minutes, people, request } from '../fakeState.ts'
import { appears, both, changed, click, dialog, fails, fill, never, page, press, sees, select, type Scene, type Step } from './steps.ts'

const kestrel = 'wss://relay.kestrel.example:7443'
const banyan = 'wss://relay.banyan.example:7443'

const secondRelay = (state: FakeState) => {
  state.network.relays.push({
    ...{ address: banyan, own: true, local: false, until: null },
    ...{ state: 'connected', since: hours(1), error: null },
  })
}
const ask = (code: string, more: Partial<CodeAsk> = {}): CodeAsk => ({
  ...{ id: fakeId(code).slice(0, 32), code, relay: kestrel, name: null, at: minutes(3), state: 'waiting', error: null },
  ...more,
})
const asks = (code: string, name: string, at: number): CodeRequest => ({ id: fakeId(code).slice(0, 32), code, name, at })

const withAccount = (more: Partial<Account> = {}, change: (state: FakeState) => void = () => undefined) =>
  changed((state) => {
    state.account = account(more)
    change(state)
  })
const withBackup = (more: Partial<Backup> = {}) => withAccount({ backup: backup(more) })

const theirs = both(select(people.mira.id), dialog({ kind: 'addByCode', tab: 'theirs' }))
const own = both(select(people.mira.id), dialog({ kind: 'addByCode', tab: 'own' }))
const find = both(
  theirs,
  () => fill('The code you were given', 'K7M2Q9X'),
  () => press('Find'),
)
const settings = (state: () => FakeState, answers: FakeBridge['answers'] = {}, then: Step = () => undefined): Scene => ({
  ...{ state, answers },
  then: both(dialog({ kind: 'settings', section: 'account' }), then),
})

const password = 'copper lantern drifts uphill'
const restoring = both(
  () => press('Restore from a backup'),
  () => sees('Relay of the code'),
)
const kept = both(
  restoring,
  () => fill('Your code', 'E011T7D'),
  () => fill('Relay of the code', 'relay.kestrel.example'),
  () => fill('Password of the backup', password),
)
const passphrase = both(
  kept,
  () => press('Continue'),
  () => fill('Passphrase', password),
  () => fill('The same once more', password),
)
const first = () => emptyState('first-start')

export const accountScenes: Record<string, Scene> = {
  'new-menu': { state: busyState, then: both(click('.pop > .btn-primary'), () => sees('Add by code')) },
  'code-enter': { state: withAccount(), then: theirs },
  'code-enter-none': { state: changed(secondRelay), then: theirs },
  'code-elsewhere': { state: withAccount({}, secondRelay), then: both(theirs, () => press('Another relay')) },
  'code-invalid': {
    state: withAccount(),
    then: both(
      theirs,
      () => fill('The code you were given', 'E011'),
      () => press('Find'),
      () => sees('not a code'),
    ),
  },
  'code-unknown': { state: withAccount(), answers: { 'codes.find': fails('code.unknown') }, then: both(find, () => sees('Nobody has')) },
  'code-finding': { state: withAccount(), answers: { 'codes.find': never }, then: find },
  'code-found': { state: withAccount(), then: both(find, () => appears('.stack-3')) },
  'code-found-no-name': {
    state: withAccount(),
    answers: { 'codes.find': () => ({ code: 'K7M2Q9X', relay: kestrel, name: null }) },
    then: both(find, () => sees('Says no name')),
  },
  'code-asked': {
    state: withAccount(),
    then: both(
      find,
      () => press('Ask to connect'),
      () => sees('They are asked'),
    ),
  },
  'code-asked-failed': {
    state: withAccount(),
    answers: { 'codes.ask': () => ({ asked: [ask('K7M2Q9X', { state: 'failed', error: 'code.unknown' })], requests: [] }) },
    then: both(
      find,
      () => press('Ask to connect'),
      () => sees('could not be asked'),
    ),
  },
  'code-own': { state: withAccount(), then: own },
  'code-own-offline': { state: withAccount({ state: 'offline', error: 'relay.unreachable' }), then: own },
  'code-own-none': { state: changed(secondRelay), then: own },
  'code-own-invitation': {
    state: busyState,
    answers: { 'account.create': fails('account.invitation') },
    then: both(
      own,
      () => press('Get a code'),
      () => sees('wants an invitation'),
    ),
  },
  'code-own-deleting': { state: withAccount({ deleting: true, state: 'offline', error: 'relay.unreachable' }), then: own },
  'code-requests': {
    state: changed((state) => {
      state.requests = { list: [request('Ola Nordmann', { at: hours(2) })], more: false }
      state.codes.requests = [asks('K7M2Q9X', 'Dr. Wilhelmina Featherstonehaugh-Cholmondeley', minutes(4)), asks('0WX3R5T', '', days(1))]
    }),
    then: page('requests'),
  },
  'code-requests-only': {
    state: changed((state) => (state.codes.requests = [asks('K7M2Q9X', 'Ola Nordmann', minutes(4))])),
    then: page('requests'),
  },
  'code-asks': {
    state: changed(
      (state) =>
        (state.codes.asked = [
          ask('K7M2Q9X', { name: 'Ola Nordmann' }),
          ask('0WX3R5T', { state: 'sending', at: hours(3), relay: banyan }),
          ask('9ZZ4K2M', { state: 'failed', error: 'code.unknown', at: days(2) }),
        ]),
    ),
    then: page('openInvites'),
  },
  'by-code-banner': {
    state: changed((state) => (state.conversations.find(({ id }) => id === people.keiko.id)!.byCode = true)),
    then: select(people.keiko.id),
  },
  'account-none': settings(busyState),
  'account-code': settings(withAccount()),
  'account-saved': settings(withBackup()),
  'account-elsewhere': settings(withBackup({ keyServer: 'wss://keys.banyan.example:7444' })),
  'account-saving': settings(withBackup({ state: 'saving' })),
  'account-due': settings(withBackup({ state: 'due', error: 'relay.unreachable' })),
  'account-making': settings(withBackup({ state: 'making', at: null, contacts: 0, error: 'relay.unreachable' })),
  'account-changing': settings(withBackup({ state: 'changing' })),
  'account-signed-out': settings(withBackup({ state: 'signed-out', error: 'account.signed-out' })),
  'account-signed-out-wrong': settings(
    withBackup({ state: 'signed-out', error: 'account.signed-out' }),
    { 'account.signIn': fails('account.wrong-password') },
    both(
      () => fill('Password of the backup', password),
      () => press('Sign in'),
      () => sees('not the password'),
    ),
  ),
  'account-deleting': settings(withAccount({ deleting: true, backup: backup(), state: 'offline', error: 'relay.unreachable' })),
  'account-too-large': settings(withBackup({ state: 'due', error: 'backup.too-large' })),
  protect: { state: withAccount(), then: dialog({ kind: 'protect' }) },
  'protect-short': {
    state: withAccount(),
    then: both(
      dialog({ kind: 'protect' }),
      () => fill('Password', 'too short'),
      () => press('Another key server'),
    ),
  },
  'protect-busy': {
    state: withAccount(),
    answers: { 'account.protect': never },
    then: both(
      dialog({ kind: 'protect' }),
      () => fill('Password', password),
      () => fill('The same once more', password),
      () => press('Make backup'),
    ),
  },
  'protect-failed': {
    state: withAccount(),
    answers: { 'account.protect': fails('relay.unreachable', { relay: kestrel }) },
    then: both(
      dialog({ kind: 'protect' }),
      () => fill('Password', password),
      () => fill('The same once more', password),
      () => press('Make backup'),
    ),
  },
  'account-password': { state: withBackup(), then: dialog({ kind: 'accountPassword' }) },
  'account-password-wrong': {
    state: withBackup(),
    answers: { 'account.changePassword': fails('account.wrong-password') },
    then: both(
      dialog({ kind: 'accountPassword' }),
      () => fill('Password of today', 'another'),
      () => fill('New password', password),
      () => fill('The same once more', password),
      () => press('Change password'),
      () => sees('not the password'),
    ),
  },
  'account-remove': { state: withBackup(), then: dialog({ kind: 'removeAccount' }) },
  restore: { state: first, then: restoring },
  'restore-kept': { state: first, then: both(kept, () => press('Another key server')) },
  'restore-unlock': { state: first, then: passphrase },
  'restore-busy': {
    state: first,
    answers: { 'profile.restore': never },
    then: both(
      passphrase,
      () => press('Restore'),
      () => sees('Opening the backup'),
    ),
  },
  'restore-failed': {
    state: first,
    answers: { 'profile.restore': fails('account.wrong-password') },
    then: both(
      passphrase,
      () => press('Restore'),
      () => sees('is wrong'),
    ),
  },
}
