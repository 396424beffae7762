/** The LAN link's handshake and packets: docs/protocol.md section 10. */
import { fromUtf8, hex, unhex } from '#main/protocol/bytes.ts'
import type { Context } from '#main/protocol/primitives.ts'
import { agree, fingerprintOf, rotate, type DirectionKeys, type Role } from '#main/transport/lan/channelKeys.ts'
import { encodeMessage, type ConnectMessage } from '#main/transport/lan/connectMessages.ts'
import { createCookies } from '#main/transport/lan/cookies.ts'
import type { Remote } from '#main/transport/lan/datagram.ts'
import { profiles, type ProfileName } from '#main/transport/lan/profiles.ts'
import { createCountingChannel, createRandomNonceChannel } from '#main/transport/lan/secureChannel.ts'

export interface LanInputs {
  profile: ProfileName
  /** X25519 secrets of both sides, and those of a rotation. */
  client: string
  server: string
  newClient: string
  newServer: string
  cookie: { secret: string; remote: Remote }
  plaintext: string
  associatedData: string
}

const inHex = ({ send, receive, chain }: DirectionKeys) => ({ fromClient: hex(send), fromServer: hex(receive), chain: hex(chain) })

export function lan(context: Context, inputs: LanInputs) {
  const { primitives } = context
  const profile = profiles[inputs.profile]
  const isCairn = inputs.profile === 'cairn'
  const pair = (secret: string) => ({ secretKey: unhex(secret), publicKey: primitives.x25519.publicKey(unhex(secret)) })
  const exchange = (role: Role, own: string, peer: string) => {
    const { secretKey, publicKey: ownKey } = pair(own)
    return { role, secretKey, ownKey, peerKey: pair(peer).publicKey }
  }
  const client = agree(profile, exchange('client', inputs.client, inputs.server), primitives)
  const server = agree(profile, exchange('server', inputs.server, inputs.client), primitives)
  const [clientKey, serverKey] = [server.peerKey, client.peerKey]

  const token = (message: ConnectMessage) => fromUtf8(encodeMessage(profile, message, context))
  const cookie = createCookies(unhex(inputs.cookie.secret), primitives).of(inputs.cookie.remote, clientKey, context.now)
  const messages = {
    connect: token({ cmd: 'connect', pubkey: clientKey }),
    connected: token({ cmd: 'connected', pubkey: serverKey, to: clientKey }),
    ...(isCairn && {
      cookie: token({ cmd: 'cookie', cookie, to: clientKey }),
      connectWithCookie: token({ cmd: 'connect', pubkey: clientKey, cookie }),
    }),
  }

  const first = { ...client.keys, chain: client.keys.chain.slice() }
  const channel = isCairn ? createCountingChannel(client.keys, primitives) : createRandomNonceChannel(client.keys, context)
  const packet = () => hex(channel.seal(unhex(inputs.plaintext), unhex(inputs.associatedData)))
  return {
    ...{ clientKey: hex(clientKey), serverKey: hex(serverKey), channelHash: hex(client.channelHash) },
    ...{ clientFingerprint: fingerprintOf(clientKey, primitives), serverFingerprint: fingerprintOf(serverKey, primitives) },
    ...{ messages, keys: inHex(first), packets: [packet(), packet()] },
    ...(isCairn && {
      cookie: hex(cookie),
      rotated: inHex(rotate(first.chain, exchange('client', inputs.newClient, inputs.newServer), primitives)),
    }),
  }
}
