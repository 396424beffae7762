/** `relay admin quota …`: the limits in force, and what is set for single devices and users. */
import { normalCode, typedCode } from '#shared/wire/userCode.ts'
import { directoryLimits } from './directory/limits.ts'
import { accountRates } from './keyBackup/rates.ts'
import type { Rate } from './limits.ts'
import { registrationRates } from './registration/rates.ts'
import { SettingError } from './settings.ts'
import type { AccountDatabase } from './storage/accounts.ts'
import { createQuotaStore, type Quota } from './storage/quotaStore.ts'
import { createRegistrationStore } from './storage/registrationStore.ts'
import { createUserStore } from './storage/userStore.ts'

type Limit = [what: string, rate: Rate]

const limits: [whose: string, limits: Limit[]][] = [
  [
    'for each address',
    [
      ['become a user', directoryLimits.registrations],
      ['look up codes', directoryLimits.lookups],
      ['signed requests', directoryLimits.signedRequests],
      ['frames of the directory', directoryLimits.framesOfAddress],
      ['register a device', registrationRates.register],
      ['open sealed sessions', registrationRates.session],
      ['sealed requests', registrationRates.sealed],
      ['sign in, make an account', accountRates.signIns],
      ['public keys', accountRates.publicKeys],
      ['requests to the key server', accountRates.keyServer],
    ],
  ],
  [
    'for each device',
    [
      ['open sealed sessions', registrationRates.sessionOfDevice],
      ['sealed requests', registrationRates.sealedOfDevice],
    ],
  ],
  [
    'for each user',
    [
      ['frames of the directory', directoryLimits.framesOfUser],
      ['sign in, make an account', accountRates.signInsOfCode],
      ['requests on sessions', accountRates.sessionsOfAccount],
      ['requests to the key server', accountRates.keyServerOfUser],
    ],
  ],
  [
    'for all together',
    [
      ['become a user', directoryLimits.registrationsInAll],
      ['look up codes', directoryLimits.lookupsInAll],
    ],
  ],
]

const lineOf = ([what, { perSecond, burst }]: Limit): string => {
  const then = perSecond >= 1 ? `${perSecond} a second` : `one in ${Math.round(1 / perSecond)} s`
  return `  ${what.padEnd(28)}${burst.toLocaleString('en')} at once, then ${then}`
}

const described = ({ kind, name, factor }: Quota): string => `${kind} ${name}: ${factor === 0 ? 'off' : `× ${factor}`}`

/** What is typed after `admin quota`; nothing: a list. @throws SettingError in words; then nothing has changed */
export function quota(db: AccountDatabase, words: string): string[] {
  if (words === '') return listed(createQuotaStore(db).all())
  const [kind, name = '', given = '', ...more] = words.split(' ')
  if ((kind !== 'device' && kind !== 'user') || more.length > 0)
    throw new SettingError('quota wants device CLIENT_ID or user CODE, and a factor, off or default')
  const factor = factorOf(given)
  const known = kind === 'device' ? device(db, name, factor === null) : user(db, name)
  return db.transaction(() => set(db, kind, known, factor))
}

const listed = (own: Quota[]): string[] => [
  ...limits.flatMap(([whose, some]) => [whose, ...some.map(lineOf)]),
  own.length === 0 ? 'nothing is set for single devices or users' : 'set for single ones, times the limits of above',
  ...own.map((one) => `  ${described(one)}`),
]

/** Null: as for everybody. */
function factorOf(given: string): number | null {
  if (given === 'default') return null
  if (given === 'off') return 0
  const factor = /^\d{1,3}(\.\d{1,3})?$/.test(given) ? Number(given) : 0
  if (factor < 0.01 || factor > 100) throw new SettingError(`quota wants a factor from 0.01 to 100, off or default, not ${given}`)
  return factor
}

/** A blocked name may be of a device that was revoked. */
function device(db: AccountDatabase, clientId: string, mayBeGone: boolean): string {
  if (!mayBeGone && createRegistrationStore(db).device(clientId) === null) throw new SettingError(`no device is called ${clientId}`)
  return clientId
}

/** By code; at a key server, which knows no codes, by the id of the account. */
function user(db: AccountDatabase, name: string): string {
  if (createQuotaStore(db).hasKey(name)) return name
  const code = typedCode.test(name) ? normalCode(name) : ''
  if (createUserStore(db).byCode(code) === null) throw new SettingError(`nobody has the code ${name}`)
  return code
}

function set(db: AccountDatabase, kind: Quota['kind'], name: string, factor: number | null): string[] {
  const store = createQuotaStore(db)
  if (factor === null) return [`${kind} ${name}: ${store.remove(kind, name) ? 'as everybody again' : 'nothing was set'}`]
  store.set({ kind, name, factor })
  return [`${described({ kind, name, factor })}; from the next start on`]
}
