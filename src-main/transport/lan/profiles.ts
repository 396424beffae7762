/** The two ways to speak on the LAN link, docs/protocol.md section 10. Both sides have to choose the same. */
import { base64url } from '@scure/base'

export type ProfileName = 'cairn' | 'bittrrt'

export interface LanProfile {
  readonly name: ProfileName
  /** The Fernet key of the first two datagrams. Everybody knows it: it hides what they are from a glance, and from nobody who looks. */
  readonly obfuscationKey: Uint8Array
  /** The `info` of HKDF. */
  readonly label: string
}

const profile = (name: ProfileName, obfuscationKey: string, label: string): LanProfile => ({
  ...{ name, label },
  obfuscationKey: base64url.decode(obfuscationKey),
})

export const profiles: Readonly<Record<ProfileName, LanProfile>> = {
  // SHA-256 of "cairn/1 lan obfuscation".
  cairn: profile('cairn', 'RYeVb9GYS-nZXT6LJP_cd68upykayVg8-eFlgffBxew=', 'cairn/1 lan channel'),
  // The first release of BittrRt: its NET_OBS_KEY and its label.
  bittrrt: profile('bittrrt', 'OdiXEOXdvwgWfIizYjdEguhN-IP7eyqp9oITq_0MiBs=', 'bittrrt-chacha20poly1305'),
}
