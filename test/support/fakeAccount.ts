/** What the scripted app says about codes, the account and its backup. */
import type { Account, Backup, CodeAsk, Codes, FoundCode } from '#shared/contract/accountModels.ts'
import type { AppEvent } from '#shared/contract/events.ts'
import { CairnError } from '#shared/errors.ts'
import { normalCode, typedCode } from '#shared/wire/userCode.ts'

export interface FakeAccount {
  account: Account | null
  codes: Codes
}

const kestrel = 'wss://relay.kestrel.example:7443'

export const account = (more: Partial<Account> = {}): Account => ({
  ...{ relay: kestrel, code: 'E011T7D', state: 'connected', error: null, backup: null, deleting: false },
  ...more,
})

export const backup = (more: Partial<Backup> = {}): Backup => ({
  ...{ keyServer: kestrel, state: 'saved', at: Date.UTC(2026, 4, 21, 13, 20), contacts: 12, error: null },
  ...more,
})

type Place = { code: string; relay: string | null }

/** Answers plausibly and tells of every change, as the app does. */
export function accountAnswers(state: FakeAccount, emit: (event: AppEvent) => void): Record<string, (input: never) => unknown> {
  const put = (changed: Account | null) => {
    emit({ type: 'account', account: (state.account = changed) })
    return changed
  }
  const own = (): Account => {
    if (!state.account) throw new CairnError('account.none')
    return state.account
  }
  const saved = (more: Partial<Backup> = {}) =>
    put({ ...own(), backup: { ...backup(), ...own().backup, ...more, state: 'saved', error: null } })
  const list = (changes: Partial<Codes> = {}) => {
    if (Object.keys(changes).length > 0) emit({ type: 'codes', codes: (state.codes = { ...state.codes, ...changes }) })
    return state.codes
  }
  const find = ({ code, relay }: Place): FoundCode => {
    if (!typedCode.test(code)) throw new CairnError('code.invalid')
    if (normalCode(code) === state.account?.code) throw new CairnError('code.own')
    return { code: normalCode(code), relay: relay ?? own().relay, name: 'Ola Nordmann' }
  }
  const without = <T extends { id: string }>(all: T[], id: string): T[] => {
    if (!all.some((one) => one.id === id)) throw new CairnError('code.no-ask')
    return all.filter((one) => one.id !== id)
  }
  const answered = ({ id }: { id: string }) => list({ requests: without(state.codes.requests, id) })
  return {
    'account.get': () => state.account,
    'account.create': ({ relay }: { relay: string }) => {
      if (state.account) throw new CairnError('account.exists')
      return put(account({ relay }))
    },
    'account.protect': ({ keyServer }: { keyServer: string | null }) => saved({ keyServer: keyServer ?? own().relay }),
    'account.backUp': () => saved(),
    'account.signIn': () => saved(),
    'account.changePassword': () => saved(),
    'account.remove': () => put(null),
    'codes.find': find,
    'codes.ask': (place: Place) => {
      const { code, relay, name } = find(place)
      if (state.codes.asked.some((one) => one.code === code && one.relay === relay)) throw new CairnError('code.asked')
      const id = state.codes.asked.length.toString(16).padStart(32, '0')
      const ask: CodeAsk = { ...{ id, code, relay, name, at: Date.now() }, ...{ state: 'waiting', error: null } }
      return list({ asked: [ask, ...state.codes.asked] })
    },
    'codes.list': () => list(),
    'codes.cancel': ({ id }: { id: string }) => list({ asked: without(state.codes.asked, id) }),
    'codes.accept': answered,
    'codes.decline': answered,
  }
}
