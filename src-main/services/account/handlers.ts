/** The contract's methods of codes, the account and its backup. */
import type { Handlers } from '#shared/contract/contract.ts'
import type { AccountService } from './account.ts'

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
