/** The person's code at a relay's directory, and the account with its backup that stands on it. */
import type { Account } from '#shared/contract/accountModels.ts'
import { CairnError } from '#shared/errors.ts'
import { normalizeRelayAddress } from '#shared/wire/relayAddress.ts'
import type { Core } from '../core.ts'
import type { DirectoryApi } from './directoryApi.ts'
import { refusePlain } from './sealedApi.ts'
import type { Signalling } from './signalling.ts'
import type { Turns } from './turns.ts'

export interface AccountParts {
  directory: DirectoryApi
  signalling: Signalling
  turns: Turns
}

export type AccountService = ReturnType<typeof createAccount>

export function createAccount(core: Core, { directory, signalling, turns }: AccountParts) {
  const { stores } = core

  function get(): Account | null {
    const user = stores.account.own()
    if (!user) return null
    const { relay, code } = user
    return { relay, code, ...signalling.stateOf(relay), backup: null, deleting: false }
  }

  const changed = (): void => core.emit({ type: 'account', account: get() })

  const need = (): Account => {
    const account = get()
    if (!account) throw new CairnError('account.none')
    return account
  }

  /** One code for a person; a user that has only asked others there so far is handed out from now on. */
  async function create(at: string, invitation?: string): Promise<Account> {
    const relay = normalizeRelayAddress(at)
    refusePlain(relay)
    return turns(relay, () => createAt(relay, invitation))
  }

  async function createAt(relay: string, invitation?: string): Promise<Account> {
    if (stores.account.own()) throw new CairnError('account.exists')
    const known = stores.account.user(relay)
    const made = known ?? (await core.untilClosed(directory.register(relay, invitation)))
    core.commit(() => {
      if (stores.account.own()) throw new CairnError('account.exists')
      if (stores.account.user(relay)) stores.account.setOwn(relay, true)
      else stores.account.addUser({ ...made, own: true, since: core.now() })
      core.later(signalling.follow)
      core.later(changed)
    })
    return need()
  }

  return { get, create, changed }
}
