/** Addresses of relays and key servers, as people write them. */

/** What people write of an address: `relay.example` for `wss://relay.example:7443`. `fullAddress` makes the same of it again. */
export const shortAddress = (address: string): string => address.replace(/^wss:\/\//, '').replace(/:7443$/, '')

/** A relay's address as it is written; without a scheme it is an encrypted one. */
export const fullAddress = (written: string): string => {
  const text = written.trim()
  return text === '' || text.includes('://') ? text : `wss://${text}`
}
