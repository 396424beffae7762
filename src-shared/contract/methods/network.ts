/** What the UI may ask of relays and the network. */
import * as v from 'valibot'
import type { ShownProxy } from '../appModels.ts'
import type { LanState, NetworkState } from '../networkModels.ts'
import { limits } from '../limits.ts'
import { method } from './method.ts'
import { relayAddress, nothing, ownRelay } from './schemas.ts'

const proxyWord = v.pipe(v.string(), v.minLength(1), v.maxLength(limits.proxyWordChars))
const proxy = v.strictObject({
  address: v.pipe(v.string(), v.maxLength(limits.relayAddressChars)),
  /** Null: for Tor, another random pair for each relay. */
  credentials: v.nullable(v.strictObject({ username: proxyWord, password: proxyWord })),
})

export const networkMethods = {
  'network.state': method<NetworkState>().takes(nothing),
  /** Connects once and asks for a status; the round trip in ms. Errors: `relay.*`. */
  'network.checkRelay': method<{ ms: number; address: string }>().takes(v.strictObject({ address: relayAddress })),
  /** Drops the back-off and tries every relay now. */
  'network.retry': method<NetworkState>().takes(nothing),
  /**
   * Everything goes through this SOCKS5 proxy from now on, or not at all; null: directly. Also before the first start, for the profile to
   * come. Errors: `proxy.address-invalid`.
   */
  'network.setProxy': method<ShownProxy | null>().takes(v.strictObject({ proxy: v.nullable(proxy) })),
  'lan.state': method<LanState>().takes(nothing),
  /** Listens on this network, or no more; what `announced` does not say stays. Errors: `lan.port-in-use`, `lan.off` where this host has no such link. */
  'lan.set': method<LanState>().takes(v.strictObject({ on: v.boolean(), announced: v.optional(v.boolean()) })),
  /** `address[:port]`. Errors: `lan.off`, `lan.address-invalid`, `lan.unreachable`, `lan.wrong-key`, `lan.stranger`. */
  'lan.connect': method<LanState>().takes(
    v.strictObject({ address: v.pipe(v.string(), v.minLength(1), v.maxLength(limits.relayAddressChars)) }),
  ),
  /** Asks the relay first; contacts are told. Errors: `relay.*`, `relay.too-many`. */
  'relays.add': method<NetworkState>().takes(v.strictObject({ relay: ownRelay })),
  /** Whom the relay on this computer is for. Errors: `relay.unknown` where it is not in use, `relay.no-network`. */
  'relays.setReach': method<NetworkState>().takes(v.strictObject({ reach: v.picklist(['computer', 'network']) })),
  /** As `relays.add`, and leaves `from` in the same step. */
  'relays.move': method<NetworkState>().takes(v.strictObject({ from: relayAddress, to: ownRelay })),
  /** Contacts are told, and for 30 days Cairn still listens there. Errors: `relay.last`, `relay.unknown`. */
  'relays.leave': method<NetworkState>().takes(v.strictObject({ address: relayAddress })),
  /** Listens no more where it was left already. Errors: `relay.unknown`. */
  'relays.forget': method<NetworkState>().takes(v.strictObject({ address: relayAddress })),
} as const
