/**
 * The one declaration of what the UI may ask. Method types, run-time schemas, the client and the handlers all follow
 * from this value; a wrong input fails at compile time, and by name (`input.invalid`) at run time.
 */
import * as v from 'valibot'
import type { Account, Codes, FoundCode } from './accountModels.ts'
import type {
  Appearance,
  AppState,
  DesktopSettings,
  FileOut,
  Opened,
  ProfileEntry,
  ResetAll,
  Settings,
  ShownProxy,
  StorageUsed,
} from './appModels.ts'
import type { BlockedContact, ContactDetails, Conversation } from './conversationModels.ts'
import type { GroupDelivery, GroupDetails } from './groupModels.ts'
import type { Introduction, Invite, InvitePreview, Requests } from './inviteModels.ts'
import type { ItemPage, MessageFile, SearchPage, TextMessage, Version } from './itemModels.ts'
import type { LanState, NetworkState } from './networkModels.ts'
import { isReaction } from '../reaction.ts'
import { languages, limits } from './limits.ts'

const hex32 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const uuid = v.pipe(v.string(), v.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/))
const uuids = v.pipe(v.array(uuid), v.minLength(1), v.maxLength(limits.selectedItems))
const messageText = v.pipe(v.string(), v.minLength(1), v.maxLength(limits.textChars))
const unit = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(limits.textChars))
/** Whom a text names, and where; each part lies in the text. */
const mentions = v.pipe(v.array(v.strictObject({ from: unit, length: unit, id: hex32 })), v.maxLength(limits.mentions))
const introductionId = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))
const groupName = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(limits.nameChars))
const memberIds = v.pipe(v.array(hex32), v.maxLength(limits.groupMembers))
const groupPicture = v.optional(v.nullable(v.pipe(v.string(), v.maxLength(Math.ceil(limits.previewBytes / 3) * 4))), null)
/** What windows call a file. */
const fileId = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))
const side = v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(limits.pictureSide))), null)
const inviteId = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))
const name = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(limits.nameChars))
const passphrase = v.pipe(v.string(), v.minLength(limits.passphraseMin), v.maxLength(limits.passphraseMax))
const relayAddress = v.pipe(v.string(), v.trim(), v.maxLength(limits.relayAddressChars))
/** Texts over the limit are refused by the invite parser with an error of their own, so the schema only bounds memory. */
const inviteText = v.pipe(v.string(), v.maxLength(limits.inviteTextChars))
const accountPassword = v.pipe(v.string(), v.minLength(limits.accountPasswordMin), v.maxLength(limits.passphraseMax))
/** Of an account that exists: whether it is right is for the account to say. */
const presentPassword = v.pipe(v.string(), v.minLength(1), v.maxLength(limits.passphraseMax))
const userCode = v.pipe(v.string(), v.trim(), v.maxLength(limits.codeChars))
const askId = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))
const nothing = v.strictObject({})
/** As the export's passphrase may be: whether it is right is for the file to say. */
const anyPassphrase = v.pipe(v.string(), v.maxLength(limits.passphraseMax))
const importId = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))
/** RFC 4648 section 4. */
const piece = v.pipe(v.string(), v.maxLength(4 * Math.ceil(limits.importPieceBytes / 3)), v.regex(/^[A-Za-z0-9+/]+={0,2}$/))
const byteCount = v.pipe(v.number(), v.integer(), v.minValue(0))
const ownRelay = v.variant('kind', [
  v.strictObject({ kind: v.literal('address'), address: relayAddress }),
  v.strictObject({ kind: v.literal('local') }),
])
const proxyWord = v.pipe(v.string(), v.minLength(1), v.maxLength(limits.proxyWordChars))
const proxy = v.strictObject({
  address: v.pipe(v.string(), v.maxLength(limits.relayAddressChars)),
  /** Null: for Tor, another random pair for each relay. */
  credentials: v.nullable(v.strictObject({ username: proxyWord, password: proxyWord })),
})
/** `main` is the folder itself; the others have a number of their own. */
const profileId = v.pipe(v.string(), v.regex(/^(main|[0-9a-f]{16})$/))

/** `method(schema)` keeps the result type beside the input's schema without a run-time cost. */
const method = <R>() => ({
  takes: <S extends v.GenericSchema>(input: S) => ({ input, result: undefined as unknown as R }),
})

export const contract = {
  'app.state': method<AppState>().takes(nothing),

  'profile.create': method<AppState>().takes(
    v.strictObject({
      name,
      /** Null: the system's keychain opens the profile; only with the capability. */
      passphrase: v.nullable(passphrase),
      /** `lan`: none; this person is met on its network alone. */
      relay: v.variant('kind', [...ownRelay.options, v.strictObject({ kind: v.literal('lan') })]),
    }),
  ),
  /**
   * A fresh profile out of the backup of an account; every session is then reset by itself. `keyServer` is null where it is the relay.
   * Errors: `account.*`, `backup.*`, `relay.*`, and those of `profile.create`; then nothing is made.
   */
  'profile.restore': method<AppState>().takes(
    v.strictObject({
      ...{ relay: relayAddress, keyServer: v.nullable(relayAddress), code: userCode, password: presentPassword },
      passphrase: v.nullable(passphrase),
    }),
  ),
  /** Null: by the system's keychain. Errors: `keystore.*`, `keychain.*`. */
  'profile.unlock': method<AppState>().takes(
    v.strictObject({ passphrase: v.nullable(v.pipe(v.string(), v.maxLength(limits.passphraseMax))) }),
  ),
  'profile.lock': method<AppState>().takes(nothing),
  'profile.rename': method<AppState>().takes(v.strictObject({ name })),
  /** Wraps the keystore's key anew. Errors: `keystore.wrong-passphrase` and `profile.wait`, as for unlocking. */
  'profile.changePassphrase': method<null>().takes(
    /** `current` is null where the system's keychain opens the profile. */
    v.strictObject({ current: v.nullable(v.pipe(v.string(), v.maxLength(limits.passphraseMax))), next: passphrase }),
  ),
  /** Somebody is at this computer: the automatic lock begins to count anew. */
  'profile.active': method<null>().takes(nothing),

  /**
   * Everything of this profile as one file under a passphrase of its own; `current` is null where the keychain opens it. Errors: as
   * `profile.changePassphrase`.
   */
  'profile.export': method<FileOut>().takes(v.strictObject({ current: v.nullable(anyPassphrase), passphrase })),
  /** What it takes on the disk. */
  'profile.storage': method<StorageUsed>().takes(nothing),
  /**
   * A profile file comes in piece by piece, in order, where there is no profile yet; beginning again forgets what came before. `finish`
   * makes the profile and opens it: every session is then reset by itself, for the computer it comes from may still run. Errors: `import.*`,
   * `profile.wait`; nothing is made then, and after `import.wrong-passphrase` another may be tried.
   */
  'import.begin': method<{ id: string }>().takes(v.strictObject({ size: byteCount })),
  'import.append': method<{ received: number }>().takes(v.strictObject({ id: importId, offset: byteCount, data: piece })),
  'import.finish': method<AppState>().takes(v.strictObject({ id: importId, passphrase: anyPassphrase })),
  'import.cancel': method<null>().takes(v.strictObject({ id: importId })),

  'appearance.get': method<Appearance>().takes(nothing),
  /** Changes what is named and leaves the rest; every window is told. */
  'appearance.set': method<Appearance>().takes(
    v.strictObject({
      theme: v.optional(v.picklist(['system', 'light', 'dark'])),
      textSize: v.optional(v.pipe(v.number(), v.integer(), v.minValue(limits.textSizeLeast), v.maxValue(limits.textSizeMost))),
      language: v.optional(v.picklist(['system', ...languages])),
    }),
  ),

  /** The profiles on this computer; what each is called is not secret (docs/threat-model.md). */
  'profiles.list': method<ProfileEntry[]>().takes(nothing),
  /** Locks the open one and begins another. */
  'profiles.create': method<AppState>().takes(v.strictObject({ label: name })),
  /** Locks the open one. */
  'profiles.switch': method<AppState>().takes(v.strictObject({ id: profileId })),
  'profiles.rename': method<ProfileEntry[]>().takes(v.strictObject({ id: profileId, label: name })),
  /** For good. `label` is what the person typed to say that they mean this one. Errors: `profile.not-this-one`, `keystore.in-use`. */
  'profiles.remove': method<AppState>().takes(v.strictObject({ id: profileId, label: name })),

  'settings.get': method<Settings>().takes(nothing),
  /** Changes what is named and leaves the rest. */
  'settings.set': method<Settings>().takes(
    v.strictObject({
      lockAfter: v.optional(v.picklist([0, 5, 15, 60])),
      history: v.optional(v.picklist(['ask', 'yes', 'no'])),
      readReceipts: v.optional(v.boolean()),
      typing: v.optional(v.boolean()),
      autoDownload: v.optional(v.picklist(['never', 'small', 'always'])),
    }),
  ),

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

  /** `many`: the public contact address, of which there is one; a new one takes the place of the one before. */
  'invites.create': method<Invite>().takes(
    v.strictObject({
      label: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(limits.nameChars)), ''),
      uses: v.optional(v.picklist(['one', 'many']), 'one'),
      days: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(limits.inviteDaysMost.many))),
    }),
  ),
  'invites.list': method<Invite[]>().takes(nothing),
  'invites.cancel': method<Invite>().takes(v.strictObject({ id: inviteId })),
  /** Parses and checks; sends nothing. Errors: `invite.*`. */
  'invites.inspect': method<InvitePreview>().takes(v.strictObject({ text: inviteText })),
  /** Reads a short invite from its relay. */
  'invites.fetch': method<InvitePreview>().takes(v.strictObject({ text: inviteText })),
  'invites.accept': method<Conversation>().takes(v.strictObject({ text: inviteText })),

  /** Who has answered the public address and waits for the person to agree. */
  'requests.list': method<Requests>().takes(nothing),
  /** Also allows the relay the request asks about. Errors: `request.unknown`, `contact.blocked`. */
  'requests.accept': method<Conversation>().takes(v.strictObject({ id: hex32 })),
  /** Silent: nothing is sent to them. */
  'requests.decline': method<null>().takes(v.strictObject({ id: hex32 })),
  'requests.block': method<null>().takes(v.strictObject({ id: hex32 })),

  'account.get': method<Account | null>().takes(nothing),
  /** A code at a relay's directory. Errors: `account.exists`, `account.no-service`, `account.needs-tls`, `account.invitation`, `relay.*`. */
  'account.create': method<Account>().takes(
    v.strictObject({ relay: relayAddress, invitation: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(limits.invitationChars))) }),
  ),
  /** A password for it, and the first backup. `keyServer` is null where it is the relay. Errors: `account.*`, `relay.*`. */
  'account.protect': method<Account>().takes(v.strictObject({ password: accountPassword, keyServer: v.nullable(relayAddress) })),
  /** Now, not in a while. Errors: `account.*`, `backup.too-large`, `relay.*`. */
  'account.backUp': method<Account>().takes(nothing),
  /** The password was changed on another computer. Errors: `account.wrong-password`, `relay.*`. */
  'account.signIn': method<Account>().takes(v.strictObject({ password: presentPassword })),
  /** Errors: `account.wrong-password`, `account.not-changed`, `relay.*`. */
  'account.changePassword': method<Account>().takes(v.strictObject({ current: presentPassword, next: accountPassword })),
  /** Code, account and backup, for good. What cannot be reached now is deleted later, by itself. */
  'account.remove': method<Account | null>().takes(nothing),

  /** Who has this code; null: at the relay of the own code. Errors: `code.invalid`, `code.own`, `code.unknown`, `account.*`, `relay.*`. */
  'codes.find': method<FoundCode>().takes(v.strictObject({ code: userCode, relay: v.nullable(relayAddress) })),
  /** Asks them; goes out when the relay can be reached. Errors: as `codes.find`, and `code.asked`, `code.too-many`. */
  'codes.ask': method<Codes>().takes(v.strictObject({ code: userCode, relay: relayAddress })),
  'codes.list': method<Codes>().takes(nothing),
  /** Takes an own ask back: what they answer is then ignored. Errors: `code.no-ask`. */
  'codes.cancel': method<Codes>().takes(v.strictObject({ id: askId })),
  /** They get a single-use invite, and so a conversation comes about. Errors: `code.no-ask`. */
  'codes.accept': method<Codes>().takes(v.strictObject({ id: askId })),
  /** Silent: nothing is sent to them. Errors: `code.no-ask`. */
  'codes.decline': method<Codes>().takes(v.strictObject({ id: askId })),

  'exchanges.allowRelay': method<Conversation>().takes(v.strictObject({ contactId: hex32, allow: v.boolean() })),
  /** Ends an unfinished exchange on this side. */
  'exchanges.cancel': method<null>().takes(v.strictObject({ contactId: hex32 })),

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

  /** What is under way or was decided in the last 30 days, the newest first. */
  'introductions.list': method<Introduction[]>().takes(nothing),
  /**
   * Brings `id` and `to` together: `id` is asked whether it wants that, then `to`. Errors: `contact.unknown`, `session.none`,
   * `contact.blocked`, `introduction.too-many`.
   */
  'introductions.offer': method<null>().takes(v.strictObject({ id: hex32, to: hex32 })),
  /** Asks `via` to bring `person` and this person together. Errors: as `offer`, `introduction.known` where there is a session already. */
  'introductions.ask': method<null>().takes(v.strictObject({ via: hex32, person: hex32 })),
  /** Answers one in state `asks`. Errors: `introduction.unknown`. */
  'introductions.answer': method<null>().takes(v.strictObject({ introductionId: introductionId, accept: v.boolean() })),
  /** Takes back what this person asked for or offered. Errors: `introduction.unknown`. */
  'introductions.cancel': method<null>().takes(v.strictObject({ introductionId: introductionId })),

  /** A new group with this person alone; the others are asked. Errors: `contact.unknown`, `session.none`, `contact.blocked`, `group.full`. */
  'groups.create': method<Conversation>().takes(v.strictObject({ name: groupName, members: memberIds, picture: groupPicture })),
  /** Errors, here and below: `group.unknown`. */
  'groups.details': method<GroupDetails>().takes(v.strictObject({ id: hex32 })),
  /** Errors, here and in what only some may do: `group.not-allowed`, `group.not-member`; and those of `create`. */
  'groups.invite': method<GroupDetails>().takes(v.strictObject({ id: hex32, members: memberIds })),
  /** Asked once more, or no more. */
  'groups.withdraw': method<GroupDetails>().takes(v.strictObject({ id: hex32, member: hex32 })),
  /** To an invitation. */
  'groups.answer': method<Conversation>().takes(v.strictObject({ id: hex32, accept: v.boolean() })),
  /** The conversation stays readable. Errors: `group.owner`: the group has to be handed over or dissolved first. */
  'groups.leave': method<Conversation>().takes(v.strictObject({ id: hex32 })),
  'groups.remove': method<GroupDetails>().takes(v.strictObject({ id: hex32, member: hex32 })),
  /** `owner` hands the group over to an admin. */
  'groups.setRole': method<GroupDetails>().takes(
    v.strictObject({ id: hex32, member: hex32, role: v.picklist(['owner', 'admin', 'member']) }),
  ),
  'groups.rename': method<Conversation>().takes(v.strictObject({ id: hex32, name: groupName })),
  /** A small JPEG or WebP picture in base64; null: none. Errors: `picture.unsupported`. */
  'groups.setPicture': method<Conversation>().takes(v.strictObject({ id: hex32, picture: groupPicture })),
  /** For everybody and for good. */
  'groups.dissolve': method<Conversation>().takes(v.strictObject({ id: hex32 })),
  /** Deletes a group that this person has left, with everything in it. Errors: `group.not-allowed` for a member. */
  'groups.forget': method<null>().takes(v.strictObject({ id: hex32 })),
  /** What a member writes in this group is not shown here; the others are told nothing. */
  'groups.blockMember': method<GroupDetails>().takes(v.strictObject({ id: hex32, member: hex32, blocked: v.boolean() })),
  /** Asks once more to be introduced to a member. */
  'groups.connect': method<GroupDetails>().takes(v.strictObject({ id: hex32, member: hex32 })),
  /** Whether what this person writes may go through other members to those who do not hear it yet; sealed, and signed. */
  'groups.setPassing': method<GroupDetails>().takes(v.strictObject({ id: hex32, passing: v.boolean() })),
  /** How far an own message has come. Errors: `message.unknown`, `message.not-own`. */
  'groups.deliveries': method<GroupDelivery[]>().takes(v.strictObject({ id: hex32, messageId: uuid })),

  'contacts.details': method<ContactDetails>().takes(v.strictObject({ id: hex32 })),
  'contacts.verify': method<ContactDetails>().takes(v.strictObject({ id: hex32, verified: v.boolean() })),
  /**
   * Compares a code from the other computer's screen: a match verifies, a mismatch takes the mark away. Errors: `verify.*`, which change
   * nothing: it was another kind of code, our own, or another contact's.
   */
  'contacts.compare': method<ContactDetails>().takes(v.strictObject({ id: hex32, code: v.pipe(v.string(), v.maxLength(4096)) })),
  'contacts.block': method<ContactDetails>().takes(v.strictObject({ id: hex32, blocked: v.boolean() })),
  /** The person's own name for a contact; empty: the contact's again. */
  'contacts.rename': method<Conversation>().takes(
    v.strictObject({ id: hex32, label: v.pipe(v.string(), v.trim(), v.maxLength(limits.nameChars)) }),
  ),
  'contacts.mute': method<Conversation>().takes(v.strictObject({ id: hex32, time: v.picklist(['hour', 'eight-hours', 'always', 'off']) })),
  /** Conversation, keys and everything else of the contact, for good; with `block` its id and name stay, to refuse it. */
  'contacts.remove': method<null>().takes(v.strictObject({ id: hex32, block: v.boolean() })),
  'contacts.blocked': method<BlockedContact[]>().takes(nothing),
  /** Also for one that was deleted. */
  'contacts.unblock': method<BlockedContact[]>().takes(v.strictObject({ id: hex32 })),

  'sessions.reset': method<Conversation>().takes(v.strictObject({ id: hex32 })),
  'sessions.cancelReset': method<Conversation>().takes(v.strictObject({ id: hex32 })),
  /** Every contact's session; while one is going on it goes on. Null where nobody has a session. */
  'sessions.resetAll': method<ResetAll | null>().takes(nothing),
  'sessions.resetAllState': method<ResetAll | null>().takes(nothing),
  /** No more of it is shown. What was asked for already goes on. */
  'sessions.endResetAll': method<null>().takes(nothing),

  /** Where the capability is missing, these three are refused as `desktop.unavailable`. */
  'desktop.settings': method<DesktopSettings>().takes(nothing),
  'desktop.change': method<DesktopSettings>().takes(
    v.strictObject({
      notifications: v.optional(v.picklist(['off', 'hidden', 'name', 'text'])),
      startAtLogin: v.optional(v.boolean()),
      keepRunning: v.optional(v.boolean()),
    }),
  ),
  /** What was opened from outside: once, and null when there is nothing. */
  'desktop.take': method<Opened | null>().takes(nothing),
} as const

export type Contract = typeof contract
export type Method = keyof Contract
export type Input<M extends Method> = v.InferInput<Contract[M]['input']>
export type Parsed<M extends Method> = v.InferOutput<Contract[M]['input']>
export type Result<M extends Method> = Contract[M]['result']

/** Those that concern every profile on this computer. */
export type ProfilesMethod = Extract<Method, `profiles.${string}` | `appearance.${string}`>

/** One handler for each method; the dispatcher parses first, so a handler sees only valid input. */
export type Handlers = { [M in Method]: (input: Parsed<M>) => Result<M> | Promise<Result<M>> }

/** The renderer's view of the same value. */
export type Client = { [M in Method]: (input: Input<M>) => Promise<Result<M>> }
