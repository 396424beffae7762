/** The contract's methods of codes, the account and its backup. */
import type { Handlers } from '#shared/contract/contract.ts'
import type { AccountService } from './account.ts'

export const accountHandlers = (opened: () => { account: AccountService }): Pick<Handlers, 'account.get' | 'account.create'> => ({
  'account.get': () => opened().account.get(),
  'account.create': ({ relay, invitation }) => opened().account.create(relay, invitation),
})
