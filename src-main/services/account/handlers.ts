/** The contract's methods of codes, the account and its backup. */
import type { Handlers } from '#shared/contract/contract.ts'
import type { AccountService } from './account.ts'
import type { CodesService } from './codes.ts'

export const accountHandlers = (opened: () => { account: AccountService }): Pick<Handlers, 'account.get' | 'account.create'> => ({
  'account.get': () => opened().account.get(),
  'account.create': ({ relay, invitation }) => opened().account.create(relay, invitation),
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
