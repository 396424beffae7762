/** Sizes that both sides of the bridge keep to; characters are UTF-16 code units unless a name says bytes. */
export const limits = {
  nameChars: 64,
  passphraseMin: 8,
  passphraseMax: 1024,
  /** Of an account: its strength is all that stands between a key server and the key (docs/services/key-backup.md). */
  accountPasswordMin: 12,
  /** A code as it may be typed or pasted, with its relay's address behind an `@`. */
  codeChars: 300,
  invitationChars: 128,
  relayAddressChars: 255,
  /** A user name or a password of a proxy; RFC 1929 has room for 255 bytes. */
  proxyWordChars: 255,
  /** Where one is met at once; invites and profiles name no more (docs/protocol.md section 2). */
  ownRelays: 4,
  /** Profiles on one computer. */
  profiles: 32,
  /** An invite file is about 3 KB; anything longer than this is refused as `invite.too-large`. */
  inviteBytes: 64 * 1024,
  /** What the bridge lets through to that refusal. */
  inviteTextChars: 16 * 1024 * 1024,
  /** How long an invite is open: what is meant when nothing is said, and the most. A relay keeps a short invite for 30 days. */
  inviteDays: { one: 14, many: 365 },
  inviteDaysMost: { one: 30, many: 365 },
  textChars: 20_000,
  /** People named in one text. */
  mentions: 64,
  /** Four weeks. */
  timerSecondsMost: 28 * 24 * 3600,
  /** How long a text may be changed. */
  editableMs: 24 * 3600_000,
  /** Messages one call deletes or forwards, and conversations it forwards them to. */
  selectedItems: 100,
  forwardTo: 20,
  pageItems: 200,
  /** What somebody looks for, and how many words and phrases of it count. */
  searchChars: 200,
  searchTerms: 16,
  searchHits: 100,
  /** Per cent. */
  textSizeLeast: 90,
  textSizeMost: 200,
  /** A profile file, its pieces as they are handed over, and the files in it besides the database. */
  importBytes: 64 * 1024 ** 3,
  importPieceBytes: 1024 * 1024,
  importFiles: 1_000_000,
  fileBytes: 100 * 1024 * 1024,
  /** Up to this one comes by itself, unless the person wants otherwise. */
  smallFileBytes: 16 * 1024 * 1024,
  fileNameChars: 255,
  /** The text beside a file: with its small picture it has to fit into one message. */
  captionChars: 4_000,
  fileTypeChars: 127,
  /** A small picture that travels with the message. */
  previewBytes: 8 * 1024,
  pictureSide: 65_535,
  /** A file crosses the bridge in pieces. */
  filePieceBytes: 1024 * 1024,
  /** Files that were begun and not sent yet. */
  fileDrafts: 32,
  /** In one group, the owner among both. */
  groupMembers: 250,
  groupAdmins: 16,
  /** A change of a group; those that tell it travel together up to the second figure. */
  groupChangeBytes: 32 * 1024,
  groupPageBytes: 48 * 1024,
  /** Introductions of one person that wait for an answer. */
  introductions: 512,
} as const

/** What the window speaks; the first where the system's is none of them. */
export const languages = ['en', 'de'] as const
