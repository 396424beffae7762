import type { TextMessage } from '#shared/contract/itemModels.ts'

/** A text with nothing beside its words. */
export const plainText = {
  ...{ author: null, passedBy: null, reply: null, forwarded: false, mentions: [], editedAt: null, deleted: false, reactions: [] },
  ...{ pinned: false, ttl: 0, expiresAt: null, file: null },
} satisfies Partial<TextMessage>
