/** What a text has beside its words, between the wire and the keystore. */
import type { Mention } from '#shared/contract/itemModels.ts'
import { hex, unhex } from '../../protocol/bytes.ts'
import type { Message } from '../../protocol/message.ts'

type WireAbout = Pick<Extract<Message, { t: 'text' }>, 'reply' | 'forwarded' | 'mentions' | 'ttl'>

export interface About {
  /** Hex. */
  reply: string | null
  forwarded: boolean
  mentions: Mention[]
  /** Seconds; 0: for good. */
  ttl: number
}

/** What is not said is left out: most texts are nothing but text. */
export const wireAbout = ({ reply, forwarded, mentions, ttl }: About): WireAbout => ({
  ...(reply === null ? {} : { reply: unhex(reply) }),
  ...(forwarded ? { forwarded: true as const } : {}),
  ...(mentions.length === 0 ? {} : { mentions: wireMentions(mentions) }),
  ...(ttl === 0 ? {} : { ttl }),
})

export const wireMentions = (mentions: readonly Mention[]) => mentions.map((mention) => ({ ...mention, id: unhex(mention.id) }))

export const aboutOf = ({ reply, forwarded, mentions, ttl }: WireAbout, text: string): About => ({
  reply: reply ? hex(reply) : null,
  forwarded: forwarded === true,
  mentions: mentionsIn(mentions ?? [], text),
  ttl: ttl ?? 0,
})

/** Those that name a part of this text; others are passed over. */
export const mentionsIn = (mentions: NonNullable<WireAbout['mentions']>, text: string): Mention[] =>
  mentions.filter(({ from, length }) => from + length <= text.length).map((mention) => ({ ...mention, id: hex(mention.id) }))
