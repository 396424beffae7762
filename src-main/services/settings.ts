/** What the person has chosen for this profile. Kept in the keystore, so it is known only when that is open. */
import * as v from 'valibot'
import type { Parsed } from '#shared/contract/contract.ts'
import type { Settings } from '#shared/contract/appModels.ts'
import { CairnError } from '#shared/errors.ts'
import { formatProxyAddress } from '#shared/wire/proxyAddress.ts'
import type { LocalRelayReach, ProxySettings } from '../ports.ts'
import { utf8 } from '../protocol/bytes.ts'
import type { Core, Stores } from './core.ts'

type ProfileStore = Pick<Stores, 'profile'>

const credentials = v.object({ username: v.string(), password: v.string() })
/** What another version wrote and this one does not know counts as not chosen; but never where traffic would go another way for it. */
const schema = v.object({
  lockAfter: v.fallback(v.picklist([0, 5, 15, 60]), 0),
  history: v.fallback(v.picklist(['ask', 'yes', 'no']), 'ask'),
  readReceipts: v.fallback(v.boolean(), true),
  typing: v.fallback(v.boolean(), false),
  autoDownload: v.fallback(v.picklist(['never', 'small', 'always']), 'small'),
  reach: v.fallback(v.picklist(['computer', 'network']), 'computer'),
  lan: v.fallback(v.boolean(), false),
  lanAnnounced: v.fallback(v.boolean(), false),
  proxy: v.nullish(v.object({ host: v.string(), port: v.number(), credentials: v.nullable(credentials) }), null),
})
type Stored = v.InferOutput<typeof schema>

/** Errors: `keystore.damaged` for a proxy that cannot be read. */
function read({ profile }: ProfileStore): Stored {
  const bytes = profile.meta('settings')
  const parsed = v.safeParse(schema, bytes === null ? {} : (JSON.parse(new TextDecoder().decode(bytes)) as unknown))
  if (!parsed.success) throw new CairnError('keystore.damaged', { details: { reason: 'settings' } })
  return parsed.output
}

function write({ profile }: ProfileStore, changes: Partial<Stored>): void {
  profile.setMeta('settings', utf8(JSON.stringify({ ...read({ profile }), ...changes })))
}

export const readProxy = (stores: ProfileStore): ProxySettings | null => read(stores).proxy
export const writeProxy = (stores: ProfileStore, proxy: ProxySettings | null): void => write(stores, { proxy })
/** Before anything is opened: what a new profile is given. */
export const writeLan = (stores: ProfileStore, lan: boolean): void => write(stores, { lan })
export const readReach = (stores: ProfileStore): LocalRelayReach => read(stores).reach

/** As windows see it: without the proxy's password. */
export const shownProxy = (proxy: ProxySettings | null): Settings['proxy'] =>
  proxy && { address: formatProxyAddress(proxy), username: proxy.credentials?.username ?? null }

export type SettingsService = ReturnType<typeof createSettings>

export function createSettings(core: Core) {
  function get(): Settings {
    const { proxy, ...rest } = read(core.stores)
    return { ...rest, proxy: shownProxy(proxy) }
  }

  function change(changes: Partial<Stored>): Settings {
    core.commit(() => {
      write(core.stores, changes)
      core.emit({ type: 'settings', settings: get() })
    })
    return get()
  }

  return {
    get,
    /** What is not named stays. */
    set: (wanted: Parsed<'settings.set'>): Settings =>
      change(Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined))),
    /** In the caller's transaction. */
    setReach: (reach: LocalRelayReach) => change({ reach }),
    setLan: ({ on, announced }: { on: boolean; announced: boolean }) => change({ lan: on, lanAnnounced: announced }),
    /** From now on everything goes that way, or not at all. Errors: `proxy.address-invalid`; nothing is changed then. */
    setProxy(proxy: ProxySettings | null): Settings {
      const before = readProxy(core.stores)
      core.ports.transport.useProxy(proxy)
      try {
        return change({ proxy })
      } catch (error) {
        core.ports.transport.useProxy(before)
        throw error
      }
    },
  }
}
