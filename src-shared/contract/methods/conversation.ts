/** What the UI may ask of conversations, what stands in them, and files. */
import * as v from 'valibot'
import type { FileOut } from '../appModels.ts'
import type { Conversation } from '../conversationModels.ts'
import type { ItemPage, MessageFile, SearchPage, TextMessage, Version } from '../itemModels.ts'
import { languages, limits } from '../limits.ts'
import { isReaction } from '../../reaction.ts'
import { method } from './method.ts'
import { hex32, uuid, nothing } from './schemas.ts'

const uuids = v.pipe(v.array(uuid), v.minLength(1), v.maxLength(limits.selectedItems))
const messageText = v.pipe(v.string(), v.minLength(1), v.maxLength(limits.textChars))
const unit = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(limits.textChars))
/** Whom a text names, and where; each part lies in the text. */
const mentions = v.pipe(v.array(v.strictObject({ from: unit, length: unit, id: hex32 })), v.maxLength(limits.mentions))
/** What windows call a file. */
const fileId = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))
const side = v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(limits.pictureSide))), null)

export const conversationMethods = {
  /** With `newest` only so many, those in which something happened last. */
  'conversations.list': method<Conversation[]>().takes(
    v.strictObject({ newest: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(limits.pageItems))) }),
  ),
  /** This person's own: notes that nobody else sees. Made when it is first asked for. */
  'conversations.self': method<Conversation>().takes(nothing),
  /**
   * Oldest first: the newest items before `before`, the oldest after `after` (both positions), those on both sides of the item `around`, or
   * the newest of all. Errors: `message.unknown` where that item is not here.
   */
  'conversations.items': method<ItemPage>().takes(
    v.strictObject({
      id: hex32,
      before: v.optional(v.pipe(v.number(), v.finite())),
      after: v.optional(v.pipe(v.number(), v.finite())),
      around: v.optional(uuid),
      limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(limits.pageItems)),
    }),
  ),
  /** `messageId` is a UUIDv7 made by the caller: repeating a call sends nothing twice. `replyTo` may name what is not here any more. */
  'conversations.send': method<TextMessage>().takes(
    v.strictObject({
      ...{ id: hex32, messageId: uuid, text: messageText },
      ...{ replyTo: v.optional(v.nullable(uuid), null), mentions: v.optional(mentions, []) },
    }),
  ),
  /** Copies, marked as forwarded; `messageIds` are made by the caller, one for each of `items` in order. Errors: `message.unknown`, `message.deleted`. */
  'conversations.forward': method<null>().takes(
    v.strictObject({
      ...{ id: hex32, items: uuids },
      to: v.pipe(v.array(v.strictObject({ id: hex32, messageIds: uuids })), v.minLength(1), v.maxLength(limits.forwardTo)),
    }),
  ),
  /** Of an own text, within 24 hours. Errors: `message.unknown`, `message.deleted`, `message.not-own`, `message.too-late`. */
  'conversations.edit': method<TextMessage>().takes(
    v.strictObject({ id: hex32, messageId: uuid, text: messageText, mentions: v.optional(mentions, []) }),
  ),
  /** What the message said before, the oldest first, and at last what it says now. */
  'conversations.versions': method<Version[]>().takes(v.strictObject({ id: hex32, messageId: uuid })),
  /** An empty one takes the reaction back. Errors: `message.unknown`, `message.deleted`. */
  'conversations.react': method<TextMessage>().takes(
    v.strictObject({ id: hex32, messageId: uuid, emoji: v.union([v.literal(''), v.pipe(v.string(), v.check(isReaction))]) }),
  ),
  /** For `both` only own messages. What is not here is passed over. Errors: `message.not-own`; nothing is deleted then. */
  'conversations.delete': method<null>().takes(v.strictObject({ id: hex32, messageIds: uuids, for: v.picklist(['me', 'both']) })),
  /** On this computer alone. Errors: `message.unknown`. */
  'conversations.pinMessage': method<TextMessage>().takes(v.strictObject({ id: hex32, messageId: uuid, pinned: v.boolean() })),
  /** Those pinned last come first. */
  'conversations.pinnedMessages': method<TextMessage[]>().takes(v.strictObject({ id: hex32 })),
  'conversations.pin': method<Conversation>().takes(v.strictObject({ id: hex32, pinned: v.boolean() })),
  'conversations.archive': method<Conversation>().takes(v.strictObject({ id: hex32, archived: v.boolean() })),
  /** How long new messages stay, for both sides; 0: for good. */
  'conversations.setTimer': method<Conversation>().takes(
    v.strictObject({ id: hex32, seconds: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(limits.timerSecondsMost)) }),
  ),
  /** The person is writing; may be called with every key. */
  'conversations.typing': method<null>().takes(v.strictObject({ id: hex32 })),
  'conversations.markRead': method<null>().takes(v.strictObject({ id: hex32 })),
  /** Answers the question whether a contact that restored an older copy gets back what it lacks. */
  'conversations.returnHistory': method<Conversation>().takes(v.strictObject({ id: hex32, give: v.boolean() })),
  'conversations.setDraft': method<null>().takes(v.strictObject({ id: hex32, text: v.pipe(v.string(), v.maxLength(limits.textChars)) })),
  /**
   * Messages with all of these words: the last one may be a beginning, "several" follow one another, and nothing else has a meaning. `since`
   * and `until` (not included) are about when they were sent, `before` is `next` of the page before. Errors: `contact.unknown`.
   */
  'search.messages': method<SearchPage>().takes(
    v.strictObject({
      query: v.pipe(v.string(), v.maxLength(limits.searchChars)),
      conversationId: v.optional(hex32),
      from: v.optional(v.picklist(['me', 'them'])),
      since: v.optional(v.pipe(v.number(), v.integer())),
      until: v.optional(v.pipe(v.number(), v.integer())),
      before: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
      limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(limits.searchHits)),
    }),
  ),
  /** To be read by people: one page without scripts, in this language. Errors: `contact.unknown`. */
  'conversations.export': method<FileOut>().takes(v.strictObject({ id: hex32, language: v.picklist(languages) })),
  /** A file to be sent: its bytes come in pieces, and lie here sealed. Errors: `file.too-large`, `file.too-many`. */
  'files.begin': method<{ fileId: string; offset: number }>().takes(
    v.strictObject({
      name: v.pipe(v.string(), v.minLength(1), v.maxLength(limits.fileNameChars)),
      type: v.pipe(v.string(), v.maxLength(limits.fileTypeChars)),
      size: v.pipe(v.number(), v.integer(), v.minValue(0)),
      /** A small JPEG or WebP picture in base64; what is no such picture is left out. */
      preview: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(Math.ceil(limits.previewBytes / 3) * 4))), null),
      ...{ width: side, height: side },
      /** Of a voice note. */
      seconds: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(24 * 3600))), null),
    }),
  ),
  /** The next bytes, at `offset`, in base64; the answer says how far it is. Errors: `file.unknown`, `keystore.disk-full`. */
  'files.append': method<{ fileId: string; offset: number }>().takes(
    v.strictObject({
      ...{ fileId, offset: v.pipe(v.number(), v.integer(), v.minValue(0)) },
      data: v.pipe(v.string(), v.maxLength(Math.ceil(limits.filePieceBytes / 3) * 4)),
    }),
  ),
  /** As `conversations.send`; the text may be empty. Errors: `file.unknown`, `file.incomplete`, `session.none`. */
  'files.send': method<TextMessage>().takes(
    v.strictObject({
      ...{ id: hex32, messageId: uuid, fileId, text: v.optional(v.pipe(v.string(), v.maxLength(limits.captionChars)), '') },
      ...{ replyTo: v.optional(v.nullable(uuid), null), mentions: v.optional(mentions, []) },
    }),
  ),
  /** It is not sent after all. */
  'files.discard': method<null>().takes(v.strictObject({ fileId })),
  /** Fetches a contact's file, also from a relay that this profile does not use, and tries again what failed. Errors: `file.unknown`, `contact.blocked`. */
  'files.fetch': method<MessageFile>().takes(v.strictObject({ id: hex32, messageId: uuid })),
  /** Of a contact's file: what is here of it stays. An own one is stopped by deleting its message. Errors: `file.unknown`. */
  'files.stop': method<MessageFile>().takes(v.strictObject({ id: hex32, messageId: uuid })),
  /** Messages with files of a kind, the newest first. */
  'files.list': method<{ items: TextMessage[]; more: boolean }>().takes(
    v.strictObject({
      ...{ id: hex32, kind: v.picklist(['picture', 'voice', 'file']), before: v.optional(v.pipe(v.number(), v.finite())) },
      limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(limits.pageItems)),
    }),
  ),
  /** Known by a group alone so far: from now on it is in the list. Errors: `contact.unknown`. */
  'conversations.open': method<Conversation>().takes(v.strictObject({ id: hex32 })),
} as const
