/** The contract's methods of codes, the account and its backup. */
import type { Handlers } from '#shared/contract/contract.ts'
import type { AccountService } from './account.ts'
import type { CodesService } from './codes.ts'

type AccountMethod = Extract<keyof Handlers, `account.${string}`>

export const accountHandlers = (opened: () => { account: AccountService }): Pick<Handlers, AccountMethod> => ({
  'account.get': () => opened().account.get(),
  'account.create': ({ relay, invitation }) => opened().account.create(relay, invitation),
  'account.protect': ({ password, keyServer }) => opened().account.protect(password, keyServer),
  'account.backUp': () => opened().account.backUp(),
  'account.signIn': ({ password }) => opened().account.signIn(password),
  'account.changePassword': ({ current, next }) => opened().account.changePassword(current, next),
  'account.remove': () => opened().account.remove(),
})

export const codesHandlers = (
  opened: () => { codes: CodesService },
): Pick<Handlers, 'codes.find' | 'codes.ask' | 'codes.list' | 'codes.cancel' | 'codes.accept' | 'codes.decline'> => ({
  'codes.find': ({ code, relay }) => opened().codes.find(code, relay),
  'codes.ask': ({ code, relay }) => opened().codes.ask(code, relay),
  'codes.list': () => opened().codes.list(),
  'codes.cancel': ({ id }) => opened().codes.cancel(id),
  'codes.accept': ({ id }) => opened().codes.accept(id),
  'codes.decline': ({ id }) => opened().codes.decline(id),
})
