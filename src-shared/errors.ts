/**
 * The error taxonomy. Every failure that leaves a function on purpose is one of these: it has a literal `code` that the
 * UI turns into words, says whether trying again can help, and never carries a secret.
 */
export const errorCodes = {
  // what came from outside did not parse
  'codec.malformed': 'Codec',
  'codec.too-large': 'Codec',
  'codec.newer-version': 'Codec',
  'input.invalid': 'Validation',
  'method.unknown': 'Usage',
  // cryptography says only that it failed
  'crypto.failed': 'Crypto',
  // invites
  'invite.damaged': 'Protocol',
  'invite.too-large': 'Protocol',
  'invite.newer-version': 'Protocol',
  'invite.own': 'Protocol',
  'invite.expired': 'Protocol',
  'invite.used': 'Protocol',
  'invite.cancelled': 'Protocol',
  'invite.blocked': 'Protocol',
  'invite.for-somebody-else': 'Protocol',
  'invite.already-connecting': 'Protocol',
  'invite.not-found': 'Protocol',
  'invite.unknown': 'Usage',
  'invite.other-code': 'Protocol',
  'invite.needs-relay': 'Validation',
  'request.unknown': 'Usage',
  // codes and pictures of them
  'verify.other-code': 'Protocol',
  'verify.newer-version': 'Protocol',
  'verify.own': 'Protocol',
  'verify.other-contact': 'Protocol',
  'picture.too-large': 'Validation',
  'picture.unsupported': 'Validation',
  'picture.damaged': 'Validation',
  'picture.no-code': 'Validation',
  'picture.several-codes': 'Validation',
  'picture.slow': 'Validation',
  'camera.none': 'Usage',
  'camera.denied': 'Usage',
  'camera.busy': 'Usage',
  'microphone.none': 'Usage',
  'microphone.denied': 'Usage',
  'microphone.busy': 'Usage',
  // sessions
  'session.none': 'Protocol',
  'session.refused': 'Protocol',
  'session.chain-full': 'Protocol',
  'session.too-many-resets': 'Protocol',
  'contact.unknown': 'Usage',
  'contact.blocked': 'Usage',
  'contact.self': 'Usage',
  'message.too-long': 'Usage',
  'message.unknown': 'Usage',
  'message.deleted': 'Usage',
  'message.not-own': 'Usage',
  'message.too-late': 'Usage',
  'exchange.unknown': 'Usage',
  // introductions and groups
  'introduction.unknown': 'Usage',
  'introduction.known': 'Usage',
  'introduction.too-many': 'Usage',
  'introduction.refused': 'Protocol',
  'group.refused': 'Protocol',
  'group.unknown': 'Usage',
  'group.not-member': 'Usage',
  'group.not-allowed': 'Usage',
  'group.full': 'Usage',
  'group.owner': 'Usage',
  // files
  'file.unknown': 'Usage',
  'file.too-large': 'Usage',
  'file.too-many': 'Usage',
  'file.incomplete': 'Usage',
  'file.not-here': 'Usage',
  'file.gone': 'Transport',
  'file.damaged': 'Protocol',
  // the encrypted file on this computer
  'keystore.wrong-passphrase': 'Storage',
  'keystore.in-use': 'Storage',
  'keystore.damaged': 'Storage',
  'keystore.newer-version': 'Storage',
  'keystore.disk-full': 'Storage',
  'keystore.exists': 'Storage',
  'keystore.missing': 'Storage',
  'keystore.unwritable': 'Storage',
  // the system's keychain
  'keychain.unavailable': 'Storage',
  'keychain.locked': 'Storage',
  'keychain.refused': 'Storage',
  'desktop.unavailable': 'Usage',
  'profile.locked': 'Usage',
  'profile.wait': 'Usage',
  'profile.unknown': 'Usage',
  'profile.not-this-one': 'Usage',
  'profile.too-many': 'Usage',
  // a profile out of a file
  'import.damaged': 'Validation',
  'import.newer-version': 'Validation',
  'import.wrong-passphrase': 'Validation',
  'import.too-large': 'Validation',
  'import.exists': 'Usage',
  'import.unknown': 'Usage',
  // relays
  'relay.address-invalid': 'Validation',
  'relay.unreachable': 'Transport',
  'relay.refused': 'Transport',
  'relay.busy': 'Transport',
  'relay.port-in-use': 'Transport',
  'relay.unknown': 'Usage',
  'relay.last': 'Usage',
  'relay.too-many': 'Usage',
  'relay.no-network': 'Usage',
  'relay.certificate-changed': 'Transport',
  'relay.certificate-untrusted': 'Transport',
  // the proxy in front of every relay
  'proxy.address-invalid': 'Validation',
  'proxy.unreachable': 'Transport',
  'proxy.refused': 'Transport',
  // another computer on the same network, reached directly
  'lan.address-invalid': 'Validation',
  'lan.port-in-use': 'Transport',
  'lan.unreachable': 'Transport',
  'lan.wrong-key': 'Protocol',
  'lan.tampered': 'Protocol',
  'lan.replayed': 'Protocol',
  'lan.timeout': 'Transport',
  'lan.stranger': 'Protocol',
  'lan.off': 'Validation',
  'lan.closed': 'Transport',
  // accounts and backups at a relay
  'account.exists': 'Usage',
  'account.none': 'Usage',
  'account.no-service': 'Transport',
  'account.needs-tls': 'Validation',
  'account.invitation': 'Protocol',
  'account.wrong-password': 'Protocol',
  'account.signed-out': 'Protocol',
  'account.not-changed': 'Protocol',
  'account.refused': 'Protocol',
  'challenge.other-host': 'Protocol',
  'backup.none': 'Protocol',
  'backup.outdated': 'Protocol',
  'backup.too-large': 'Protocol',
  // people found by a code
  'code.invalid': 'Validation',
  'code.unknown': 'Protocol',
  'code.own': 'Protocol',
  'code.asked': 'Usage',
  'code.too-many': 'Usage',
  'code.no-ask': 'Usage',
  'code.elsewhere': 'Transport',
  internal: 'Usage',
} as const

export type ErrorCode = keyof typeof errorCodes
export type ErrorFamily = (typeof errorCodes)[ErrorCode]

/** Failures that may go away by themselves; the outbox and the UI offer to try again. */
const retryable: ReadonlySet<ErrorCode> = new Set([
  'relay.unreachable',
  'relay.busy',
  'proxy.unreachable',
  'lan.unreachable',
  'lan.timeout',
  'keystore.disk-full',
  'keystore.in-use',
  'keychain.locked',
  'profile.wait',
])

export class CairnError extends Error {
  override readonly name = 'CairnError'
  readonly code: ErrorCode
  /** Facts for the UI and for *Copy details*; never secret. */
  readonly details: Readonly<Record<string, string | number>>

  constructor(code: ErrorCode, options: { cause?: unknown; details?: Record<string, string | number> } = {}) {
    super(code, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
  }

  get family(): ErrorFamily {
    return errorCodes[this.code]
  }

  get retryable(): boolean {
    return retryable.has(this.code)
  }
}

/** True for a `CairnError`, and with `code` given only for that one. */
export const isCairnError = (error: unknown, code?: ErrorCode): error is CairnError =>
  error instanceof CairnError && (code === undefined || error.code === code)
