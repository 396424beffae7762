/**
 * Where a person is met on its own network, docs/protocol.md section 10: `lan:` and its id in hex. Rendezvous points there are derived with this
 * text as the relay's name. It names no computer: who is where is found out by the LAN link.
 */
import { isNormalRelayAddress } from './relayAddress.ts'

const form = /^lan:([0-9a-f]{64})$/

/** `id` in lower-case hex. */
export const lanPlace = (id: string): string => `lan:${id}`
/** Whose place it is; null for what is none. */
export const idOfLanPlace = (text: string): string | null => form.exec(text)?.[1] ?? null
/** A relay's address in its normal form, or somebody's place on the network. */
export const isMeetingPlace = (text: string): boolean => isNormalRelayAddress(text) || form.test(text)
