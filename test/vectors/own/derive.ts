/** How each file of vectors follows from its inputs; README.md says it without this code. */
import * as v from 'valibot'
import { sealBackup, type Backup } from '#main/protocol/accountBackup.ts'
import {
  authKeyOf,
  authSalt,
  encKeyOf,
  encodeAccountPublicKey,
  openChallenge,
  registrationBytes,
  sealAccountKeys,
  sealChallenge,
  type AccountKeys,
  type Registration,
} from '#main/protocol/accountKey.ts'
import { periodSeed } from '#main/protocol/address.ts'
import { hex, unhex, utf8 } from '#main/protocol/bytes.ts'
import { sealCancelNotice } from '#main/protocol/cancelNotice.ts'
import { bytes, decodeCbor } from '#main/protocol/cbor.ts'
import { sealAckInvite, sealAskName, signValue } from '#main/protocol/directory.ts'
import { ratchetEncrypt, type RatchetState } from '#main/protocol/doubleRatchet.ts'
import { encapsulate } from '#main/protocol/hybridKem.ts'
import {
  decodeIdentitySecrets,
  decodePublicIdentity,
  encodeIdentitySecrets,
  renameIdentity,
  signedBytes,
  type Identity,
} from '#main/protocol/identity.ts'
import { decodeInvite, encodeInvite } from '#main/protocol/invite.ts'
import { armorInvite } from '#main/protocol/inviteText.ts'
import { answerInvite, answerMsg2, openMsg2, openMsg3 } from '#main/protocol/keyExchange.ts'
import { pad } from '#main/protocol/padding.ts'
import type { Context } from '#main/protocol/primitives.ts'
import { deleteKey, rendezvousPoint, writeKey } from '#main/protocol/rendezvous.ts'
import { resetSeries, sealResetRequest } from '#main/protocol/reset.ts'
import { safetyNumber } from '#main/protocol/safetyNumber.ts'
import { openSeal, seal, type SealPurpose } from '#main/protocol/seal.ts'
import { clientSessionKeys, sealRequest, sealResponse } from '#main/protocol/sealedApi.ts'
import { encodeShortInviteText, sealShortInvite, shortInviteKeys } from '#main/protocol/shortInvite.ts'
import { encodeVerifyCode } from '#main/protocol/verifyCode.ts'
import { locate, placeOf, receive, sideOf, type Side } from '#test/support/sessionPair.ts'
import { fileChunks, type FileInputs } from './deriveFile.ts'
import { lan, type LanInputs } from './deriveLan.ts'

const digest = (context: Context, bytes: Uint8Array) => hex(context.primitives.sha256(bytes))

export interface IdentityInputs {
  nick: string
  sigSecret: string
  dhSecret: string
  kemSecret: string
  kemKey: string
}

/** The person of an entry in identity.json. */
export function personOf({ primitives, now }: Context, { nick, sigSecret, dhSecret, kemSecret, kemKey }: IdentityInputs): Identity {
  const secrets = { sigSecret: unhex(sigSecret), dhSecret: unhex(dhSecret), kemSecret: unhex(kemSecret) }
  const keys = {
    sigKey: primitives.ed25519.publicKey(secrets.sigSecret),
    dhKey: primitives.x25519.publicKey(secrets.dhSecret),
    kemKey: unhex(kemKey),
  }
  const bare: Identity = { ...secrets, ...keys, id: '', nick, created: now, publicBytes: new Uint8Array() }
  const signed = renameIdentity({ primitives, now, random: () => new Uint8Array() }, bare, nick)
  return decodeIdentitySecrets(primitives, encodeIdentitySecrets(signed))
}

function identity(context: Context, inputs: IdentityInputs) {
  const person = personOf(context, inputs)
  const { body, sig } = decodeCbor(person.publicBytes, v.strictObject({ body: bytes(), sig: bytes(64) }))
  return {
    ...{ sigKey: hex(person.sigKey), dhKey: hex(person.dhKey), id: person.id, body: hex(body) },
    ...{ signed: hex(signedBytes('identity', body)), sig: hex(sig), publicIdentity: hex(person.publicBytes) },
  }
}

function hybridKem(context: Context, _: object, people: Identity[]) {
  const [to] = people as [Identity]
  const { c, k } = encapsulate(context.primitives, context.random, to)
  return { c: hex(c), k: hex(k) }
}

function padding(_: Context, { plaintext, size }: { plaintext: string; size: number }) {
  return { padded: hex(pad(unhex(plaintext), size)) }
}

function sealed(context: Context, { purpose, plaintext }: { purpose: SealPurpose; plaintext: string }, people: Identity[]) {
  const [to] = people as [Identity]
  const blob = seal(context, to, purpose, unhex(plaintext))
  if (hex(openSeal(context.primitives, to, purpose, blob)) !== plaintext) throw new Error('does not open')
  return { blob: hex(blob) }
}

export interface InviteInputs {
  initialRV: string
  resetRV: string
  relays: string[]
  epoch: number
  created: number
  expires: number
  uses: 'one' | 'many'
  for?: string
  withdraw?: string
}

const inviteBytes = (alice: Identity, { initialRV, resetRV, withdraw, ...terms }: InviteInputs) =>
  encodeInvite({
    ...{ ...terms, initialRV: unhex(initialRV), resetRV: unhex(resetRV), identity: alice.publicBytes },
    ...(withdraw === undefined ? {} : { withdraw: unhex(withdraw) }),
  })

function invite(context: Context, inputs: InviteInputs, people: Identity[]) {
  const encoded = inviteBytes(people[0] as Identity, inputs)
  return { bytes: hex(encoded), armored: armorInvite(context.primitives, encoded) }
}

function shortInvite(context: Context, inputs: { K: string; relay: string; invite: string; d: string }) {
  const K = unhex(inputs.K)
  const { key, seed } = shortInviteKeys(context.primitives, K)
  const blob = sealShortInvite(context, K, unhex(inputs.invite), unhex(inputs.d))
  return { key: hex(key), seed: hex(seed), text: encodeShortInviteText(K, inputs.relay), blob: hex(blob) }
}

interface Offer {
  step3RV: string
  resetRV: string
  relays: string[]
  epoch: number
}

export interface ExchangeInputs {
  invite: InviteInputs
  offer: Offer
}

function exchange(context: Context, inputs: ExchangeInputs, people: Identity[]) {
  const [alice, bob] = people as [Identity, Identity]
  const { primitives } = context
  const msg1 = decodeInvite(primitives, inviteBytes(alice, inputs.invite))
  const { step3RV, resetRV, ...rest } = inputs.offer
  const answer = answerInvite(context, bob, msg1, { ...rest, step3RV: unhex(step3RV), resetRV: unhex(resetRV) })
  const msg2 = openMsg2(primitives, alice, msg1.bytes, answer.blob)
  const reply = answerMsg2(context, alice, msg1, msg2)
  const opened = openMsg3(primitives, bob, answer.pending, reply.blob)
  return { alice, bob, msg1, answer, msg2, reply, opened }
}

function keyExchange(context: Context, inputs: ExchangeInputs, people: Identity[]) {
  const { alice, bob, msg1, answer, msg2, reply, opened } = exchange(context, inputs, people)
  const { primitives } = context
  return {
    msg1: hex(msg1.bytes),
    msg2: hex(openSeal(primitives, alice, 'msg2', answer.blob)),
    msg2Blob: hex(answer.blob),
    msg3: hex(openSeal(primitives, bob, 'msg3', reply.blob)),
    msg3Blob: hex(reply.blob),
    hashes: { msg1: digest(context, msg1.bytes), msg2: hex(msg2.hash) },
    transcript: hex(reply.established.sessionId),
    epoch: reply.established.epoch,
    contactKey: hex(opened.established.contactKey),
    alice: stateInHex(reply.established.state),
    bob: stateInHex(opened.established.state),
  }
}

const orNull = (bytes: Uint8Array | null) => (bytes === null ? null : hex(bytes))

/** A state field by field, in the specification's names. */
const stateInHex = (s: RatchetState) => ({
  ...{ idA: hex(s.idA), idB: hex(s.idB), RK: hex(s.RK) },
  DHs: s.DHs && { publicKey: hex(s.DHs.publicKey), secretKey: hex(s.DHs.secretKey) },
  KEMs: s.KEMs && { publicKey: hex(s.KEMs.publicKey), seed: hex(s.KEMs.seed) },
  ...{ DHr: orNull(s.DHr), KEMr: orNull(s.KEMr), CKs: orNull(s.CKs), CKr: orNull(s.CKr), HKs: orNull(s.HKs), HKr: orNull(s.HKr) },
  ...{ NHKs: hex(s.NHKs), NHKr: hex(s.NHKr), KEMct: orNull(s.KEMct), Ns: s.Ns, Nr: s.Nr, PN: s.PN },
})

export interface RatchetInputs {
  exchange: ExchangeInputs
  relay: string
  /** Messages are numbered from 0 in the order of their `send`. */
  steps: ({ send: 'alice' | 'bob'; plaintext: string; size: number } | { deliver: number })[]
}

function ratchet(context: Context, inputs: RatchetInputs, people: Identity[]) {
  const start = exchange(context, inputs.exchange, people)
  const sides = { alice: sideOf(start.reply.established.state), bob: sideOf(start.opened.established.state) }
  const messages: { to: Side; blob: Uint8Array; headerKey: Uint8Array; n: number }[] = []
  return inputs.steps.map((step) => {
    if ('send' in step) {
      const side = sides[step.send]
      const sent = ratchetEncrypt(context, side.state, unhex(step.plaintext), step.size)
      side.state = sent.state
      messages.push({ to: step.send === 'alice' ? sides.bob : sides.alice, ...sent })
      return {
        ...place(context, { hk: sent.headerKey, n: sent.n, relay: inputs.relay }),
        blobSha256: digest(context, sent.blob),
        sealedHeader: hex(sent.blob.subarray(0, 2352)),
        after: brief(side),
      }
    }
    const message = messages[step.deliver]
    const locator = message && locate(context, message.to, placeOf(context, message))
    if (!message || !locator) throw new Error('no such message, or nobody looks for it')
    const got = receive(context, message.to, locator, message.blob)
    const skipped = got.skipped.map(({ headerKey, n, messageKey }) => ({ headerKey: hex(headerKey), n, messageKey: hex(messageKey) }))
    return { chain: locator.chain, plaintext: hex(got.plaintext), skipped, after: brief(message.to) }
  })
}

/** What changes with every message; `chain` keys and counters are enough to find where another implementation leaves this one. */
const brief = ({ state }: Side) => {
  const { RK, CKs, CKr, HKs, HKr, NHKs, NHKr, Ns, Nr, PN } = stateInHex(state)
  return { RK, CKs, CKr, HKs, HKr, NHKs, NHKr, Ns, Nr, PN }
}

const place = ({ primitives }: Context, at: { hk: Uint8Array; n: number; relay: string }) => ({
  ...{
    headerKey: hex(at.hk),
    n: at.n,
    w: hex(writeKey(primitives, at)),
    RV: rendezvousPoint(primitives, at),
    d: hex(deleteKey(primitives, at)),
  },
})

const rendezvous = (context: Context, { hk, n, relay }: { hk: string; n: number; relay: string }) =>
  place(context, { hk: unhex(hk), n, relay })

function reset(context: Context, inputs: { contactKey: string; peerResetRV: string; invite: InviteInputs }, people: Identity[]) {
  const [alice, bob] = people as [Identity, Identity]
  const { primitives } = context
  const encoded = inviteBytes(alice, { ...inputs.invite, for: bob.id })
  const contactKey = unhex(inputs.contactKey)
  const { blob } = sealResetRequest(context, decodePublicIdentity(primitives, bob.publicBytes), contactKey, encoded)
  return {
    series: hex(resetSeries(primitives, contactKey, unhex(inputs.peerResetRV), bob.id)),
    invite: hex(encoded),
    mac: hex(primitives.hmac(primitives.hmac(contactKey, utf8('cairn/1 reset mac')), encoded)),
    request: hex(openSeal(primitives, bob, 'reset', blob)),
    blob: hex(blob),
  }
}

const safety = ({ primitives }: Context, { idA, idB }: { idA: string; idB: string }) => ({ groups: safetyNumber(primitives, idA, idB) })

const address = ({ primitives }: Context, { seed, period }: { seed: string; period: number }) => ({
  seed: hex(periodSeed(primitives, unhex(seed), period)),
})

const cancelNotice = (context: Context, { initialRV, withdraw }: { initialRV: string; withdraw?: string }) => ({
  blob: hex(sealCancelNotice(context, unhex(initialRV), withdraw === undefined ? null : unhex(withdraw))),
})

interface AccountSecrets {
  dhSecret: string
  eddsaSecret: string
  ecdhSecret: string
}

/** The sntrup761 pair is Alice's: a second one would say nothing more. */
const accountKeysOf = ({ primitives }: Context, of: AccountSecrets, people: Identity[]): AccountKeys => {
  const { kemKey, kemSecret } = people[0] as Identity
  const dhSecret = unhex(of.dhSecret)
  return {
    ...{ kemKey, kemSecret, dhSecret, dhKey: primitives.x25519.publicKey(dhSecret) },
    ...{ eddsaSecret: unhex(of.eddsaSecret), ecdhSecret: unhex(of.ecdhSecret) },
  }
}

interface AccountInputs {
  host: string
  code: string
  userID: string
  /** Argon2id's results, for `authKey` and for `encKey`. */
  stretchedAuth: string
  stretchedEnc: string
  ts: number
  nonce: string
  secrets: AccountSecrets
  token: string
}

function account(context: Context, inputs: AccountInputs, people: Identity[]) {
  const { host, code, userID, ts, nonce } = inputs
  const { primitives } = context
  const keys = accountKeysOf(context, inputs.secrets, people)
  const authKey = hex(authKeyOf(primitives, unhex(inputs.stretchedAuth)))
  const encKey = encKeyOf(primitives, unhex(inputs.stretchedEnc))
  const signed = registrationBytes({ code, authKey, ts, nonce, relay: host } satisfies Registration)
  const { iv, encryptedPrivateKey } = sealAccountKeys(context, encKey, userID, keys)
  const challenge = sealChallenge(context, keys, host, userID, unhex(inputs.token))
  if (openChallenge(primitives, keys, host, userID, challenge) !== inputs.token) throw new Error('does not open')
  return {
    ...{ authSalt: hex(authSalt(primitives, host, code)), authKey, encKey: hex(encKey) },
    ...{ signed: hex(signed), signature: hex(primitives.ed25519.sign(keys.eddsaSecret, signed)) },
    ...{ iv: hex(iv), encryptedPrivateKey: hex(encryptedPrivateKey) },
    ...{ publicKey: hex(encodeAccountPublicKey(keys)), challenge: hex(challenge) },
  }
}

interface BackupInputs {
  userID: string
  secrets: AccountSecrets
  counter: number
  identity: string
  contacts: (Omit<Backup['contacts'][number], 'identity' | 'keys'> & {
    identity: string
    keys: { key: string; myReset: string; peerReset: string }[]
  })[]
  relays: string[]
  blocked: { id: string; name: string; at: number }[]
  groups: string[]
}

function backup(context: Context, { userID, secrets, ...inputs }: BackupInputs, people: Identity[]) {
  const keys = accountKeysOf(context, secrets, people)
  const blob = sealBackup(context, keys, userID, {
    ...inputs,
    identity: unhex(inputs.identity),
    contacts: inputs.contacts.map((contact) => ({
      ...contact,
      identity: unhex(contact.identity),
      keys: contact.keys.map(({ key, myReset, peerReset }) => ({
        ...{ key: unhex(key), myReset: unhex(myReset), peerReset: unhex(peerReset) },
      })),
    })),
    blocked: inputs.blocked.map(({ id, ...one }) => ({ id: unhex(id), ...one })),
    groups: inputs.groups.map(unhex),
  })
  const plaintext = openSeal(context.primitives, keys, 'backup', blob)
  const { body, mac } = decodeCbor(plaintext, v.strictObject({ body: bytes(), mac: bytes(32) }))
  return { body: hex(body), mac: hex(mac), blob: hex(blob) }
}

/** A family of vectors is one JSON file; people are the entries of identity.json, in their order. */
interface SealedApiInputs {
  clientId: string
  /** Secret keys, static and of the session, of device and relay. */
  c: string
  S: string
  ephemeralC: string
  ephemeralS: string
  method: string
  target: string
  sessionId: string
  counter: number
  status: number
  /** Plaintexts. */
  request: string
  response: string
}

function sealedApi({ primitives }: Context, inputs: SealedApiInputs) {
  const { clientId, method, target, sessionId, counter, status } = inputs
  const own = { clientId, staticSecret: unhex(inputs.c), ephemeralSecret: unhex(inputs.ephemeralC) }
  const [staticKey, ephemeral] = [primitives.x25519.publicKey(unhex(inputs.S)), primitives.x25519.publicKey(unhex(inputs.ephemeralS))]
  const keys = clientSessionKeys(primitives, own, { staticKey, ephemeral })
  const exchange = { clientId, method, target, sessionId }
  return {
    ...{ requestKey: hex(keys.request), responseKey: hex(keys.response) },
    request: sealRequest(primitives, keys, exchange, counter, unhex(inputs.request)),
    response: sealResponse(primitives, keys, { ...exchange, counter, status }, unhex(inputs.response)),
  }
}

interface DirectoryInputs {
  initiator: string
  other: string
  /** X25519 secrets: of this exchange (initiator), as in the directory (other), of this answer (other). */
  ask: string
  directory: string
  answer: string
  name: string
  invite: string
  /** Ed25519 seed of the initiator. */
  eddsa: string
  data: unknown
}

function directory(context: Context, inputs: DirectoryInputs) {
  const { initiator, other, name, invite, data } = inputs
  const { x25519 } = context.primitives
  const codes = { initiator, other }
  const [ask, answer] = [unhex(inputs.ask), unhex(inputs.answer)]
  return {
    name: hex(sealAskName(context, ask, x25519.publicKey(unhex(inputs.directory)), codes, name)),
    invite: hex(sealAckInvite(context, answer, x25519.publicKey(ask), codes, invite)),
    signature: hex(signValue(context.primitives, unhex(inputs.eddsa), data)),
  }
}

export const families = {
  identity: (context: Context, inputs: unknown) => identity(context, inputs as IdentityInputs),
  hybridKem: (context: Context, _: unknown, people: Identity[]) => hybridKem(context, {}, people),
  padding: (context: Context, inputs: unknown) => padding(context, inputs as Parameters<typeof padding>[1]),
  seal: (context: Context, inputs: unknown, people: Identity[]) => sealed(context, inputs as Parameters<typeof sealed>[1], people),
  invite: (context: Context, inputs: unknown, people: Identity[]) => invite(context, inputs as InviteInputs, people),
  shortInvite: (context: Context, inputs: unknown) => shortInvite(context, inputs as Parameters<typeof shortInvite>[1]),
  keyExchange: (context: Context, inputs: unknown, people: Identity[]) => keyExchange(context, inputs as ExchangeInputs, people),
  ratchet: (context: Context, inputs: unknown, people: Identity[]) => ratchet(context, inputs as RatchetInputs, people),
  rendezvous: (context: Context, inputs: unknown) => rendezvous(context, inputs as Parameters<typeof rendezvous>[1]),
  reset: (context: Context, inputs: unknown, people: Identity[]) => reset(context, inputs as Parameters<typeof reset>[1], people),
  safetyNumber: (context: Context, inputs: unknown) => safety(context, inputs as Parameters<typeof safety>[1]),
  verifyCode: (_: Context, inputs: unknown) => {
    const { own, peer } = inputs as { own: string; peer: string }
    return { text: encodeVerifyCode(own, peer) }
  },
  address: (context: Context, inputs: unknown) => address(context, inputs as Parameters<typeof address>[1]),
  sealedApi: (context: Context, inputs: unknown) => sealedApi(context, inputs as SealedApiInputs),
  account: (context: Context, inputs: unknown, people: Identity[]) => account(context, inputs as AccountInputs, people),
  backup: (context: Context, inputs: unknown, people: Identity[]) => backup(context, inputs as BackupInputs, people),
  cancelNotice: (context: Context, inputs: unknown) => cancelNotice(context, inputs as Parameters<typeof cancelNotice>[1]),
  directory: (context: Context, inputs: unknown) => directory(context, inputs as DirectoryInputs),
  file: (context: Context, inputs: unknown) => fileChunks(context, inputs as FileInputs),
  lan: (context: Context, inputs: unknown) => lan(context, inputs as LanInputs),
}

export type Family = keyof typeof families
