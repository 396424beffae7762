/**
 * Writes the project's own test vectors, test/vectors/own/*.json, from one seed: running it again changes nothing.
 *
 *     node tools/make-vectors.ts
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hex, unhex, utf8 } from '#main/protocol/bytes.ts'
import { node } from '#test/support/providers.ts'
import { seededPrimitives, seededRandom } from '#test/support/seeded.ts'
import { families, personOf, type Family, type IdentityInputs, type RatchetInputs } from '#test/vectors/own/derive.ts'
import { recording, vectorTime } from '#test/vectors/own/source.ts'
import { root } from './run.ts'

const random = seededRandom('cairn/1 own vectors')
const primitives = seededPrimitives(node, seededRandom('cairn/1 own vectors, kem'))
const bytes = (length: number) => hex(random(length))
const relay = 'wss://relay.example:7443'
const relays = [relay, 'ws://192.0.2.7:7443']

const identities: IdentityInputs[] = ['Alice', 'Bob'].map((nick) => {
  const kem = primitives.sntrup761.generateKeyPair()
  return { nick, sigSecret: bytes(32), dhSecret: bytes(32), kemSecret: hex(kem.secretKey), kemKey: hex(kem.publicKey) }
})
const people = identities.map((inputs) => personOf(recording(primitives, random).context, inputs))
const [alice, bob] = people.map(({ id }) => id) as [string, string]

const terms = () => ({
  ...{ initialRV: bytes(32), resetRV: bytes(32), relays, epoch: vectorTime, created: vectorTime },
  ...{ expires: vectorTime + 14 * 24 * 3600_000, uses: 'one' as const },
})
const offer = () => ({ step3RV: bytes(32), resetRV: bytes(32), relays: [relay], epoch: vectorTime + 5 })
const exchange = () => ({ invite: terms(), offer: offer() })

const say = (send: 'alice' | 'bob', text: string, size = 4096) => ({ send, plaintext: hex(utf8(text)), size })
/** Both at once first; then a step each, one message skipped within a chain, one over a step, one of each larger size. */
const talk: RatchetInputs['steps'] = [
  say('alice', 'first of the inviter'),
  say('bob', 'first of the acceptor, at the same time'),
  { deliver: 0 },
  { deliver: 1 },
  say('alice', 'a step of Alice'),
  say('alice', 'overtaken within a chain'),
  say('alice', 'overtakes', 16384),
  { deliver: 2 },
  { deliver: 4 },
  say('bob', 'a step of Bob'),
  say('bob', 'overtaken over a step'),
  { deliver: 5 },
  say('alice', 'another step of Alice'),
  { deliver: 7 },
  say('bob', 'and of Bob', 65536),
  { deliver: 8 },
  { deliver: 6 },
  { deliver: 3 },
  say('alice', ''),
  say('bob', 'nothing'),
  { deliver: 10 },
  { deliver: 9 },
  say('bob', 'the last'),
  { deliver: 11 },
]

/** Nothing is drawn for it: what was made before it was thought of stays as it is. */
const addressTerms = { initialRV: '17'.repeat(32), resetRV: '18'.repeat(32), uses: 'many', withdraw: '19'.repeat(32) }

const accountSecrets = { dhSecret: '34'.repeat(32), eddsaSecret: '35'.repeat(32), ecdhSecret: '36'.repeat(32) }

const inputs: Record<Family, unknown[]> = {
  identity: identities,
  hybridKem: [{}],
  padding: [
    { plaintext: '', size: 1 },
    { plaintext: '', size: 16 },
    { plaintext: '80', size: 4 },
    { plaintext: bytes(15), size: 16 },
    { plaintext: '000000', size: 8 },
  ],
  seal: ['msg2', 'msg3', 'reset', 'introduce', 'challenge', 'backup'].map((purpose) => ({
    purpose,
    plaintext: hex(utf8(`sealed for ${purpose}`)),
  })),
  invite: [
    terms(),
    { ...terms(), uses: 'many', relays: [relay] },
    { ...terms(), for: bob },
    { ...addressTerms, relays: [relay], epoch: vectorTime, created: vectorTime, expires: vectorTime + 365 * 24 * 3600_000 },
  ],
  shortInvite: [{ K: bytes(32), relay, invite: bytes(200), d: bytes(32) }],
  keyExchange: [exchange()],
  ratchet: [{ exchange: exchange(), relay, steps: talk }],
  rendezvous: [
    { hk: bytes(32), n: 0, relay },
    { hk: bytes(32), n: 4294967295, relay: 'ws://[2001:db8::1]:7443' },
    { hk: bytes(32), n: 31, relay: 'lan' },
  ],
  reset: [{ contactKey: bytes(32), peerResetRV: bytes(32), invite: { ...terms(), expires: vectorTime + 7 * 24 * 3600_000 } }],
  safetyNumber: [
    { idA: alice, idB: bob },
    { idA: bob, idB: alice },
    { idA: hex(new Uint8Array(32)), idB: hex(unhex('ff'.repeat(32))) },
  ],
  verifyCode: [
    { own: alice, peer: bob },
    { own: bob, peer: alice },
  ],
  address: [0, 1, 2_952, 4_294_967_295].map((period) => ({ seed: '42'.repeat(32), period })),
  sealedApi: [
    {
      ...{ clientId: 'device-001', c: '21'.repeat(32), S: '22'.repeat(32), ephemeralC: '23'.repeat(32), ephemeralS: '24'.repeat(32) },
      ...{ method: 'POST', target: '/users?x=1', sessionId: 'AAAAAAAAAAAAAAAAAAAAAA', counter: 0, status: 200 },
      ...{ request: hex(utf8('{"name":"Alice"}')), response: hex(utf8('{}')) },
    },
    {
      ...{ clientId: 'a', c: '25'.repeat(32), S: '26'.repeat(32), ephemeralC: '27'.repeat(32), ephemeralS: '28'.repeat(32) },
      ...{ method: 'GET', target: '/session', sessionId: '_-_-_-_-_-_-_-_-_-_-_A', counter: 4294967297, status: 404 },
      ...{ request: '', response: '' },
    },
  ],
  cancelNotice: [{ initialRV: '17'.repeat(32) }, { initialRV: '17'.repeat(32), withdraw: '99'.repeat(32) }],
  account: [
    {
      ...{ host: 'relay.example', code: 'E011T7D', userID: 'a1'.repeat(16), ts: vectorTime, nonce: '5a'.repeat(16) },
      ...{ stretchedAuth: '31'.repeat(32), stretchedEnc: '32'.repeat(32), token: '33'.repeat(32), secrets: accountSecrets },
    },
  ],
  backup: [
    {
      ...{ userID: 'a1'.repeat(16), secrets: accountSecrets, counter: 1 },
      ...{ identity: '', contacts: [], relays: [], blocked: [], groups: [] },
    },
    {
      ...{ userID: 'a1'.repeat(16), secrets: accountSecrets, counter: 4294967297, identity: '41'.repeat(50), relays },
      contacts: [
        {
          identity: '42'.repeat(50),
          keys: [
            { key: '43'.repeat(32), myReset: '44'.repeat(32), peerReset: '45'.repeat(32) },
            { key: '46'.repeat(32), myReset: '47'.repeat(32), peerReset: '48'.repeat(32) },
          ],
          ...{ relays: [relay], label: 'Bób', verified: vectorTime, blocked: null, since: vectorTime - 1000, byCode: true },
        },
      ],
      ...{ blocked: [{ id: '49'.repeat(32), name: 'Mallory', at: vectorTime }], groups: ['4a'.repeat(20)] },
    },
  ],
  directory: [
    {
      ...{ initiator: 'E011T7D', other: '7ZZZZZZ', ask: '31'.repeat(32), directory: '32'.repeat(32), answer: '33'.repeat(32) },
      ...{ name: 'Zoë 👋', invite: '-----BEGIN CAIRN INVITE-----', eddsa: '34'.repeat(32) },
      data: {
        sender: 'E011T7D',
        recipient: '7ZZZZZZ',
        ts: vectorTime,
        message: { type: 'key_exchange', payload: { z: 'ü', a: [1, null] } },
      },
    },
    {
      ...{ initiator: '7ZZZZZZ', other: 'E011T7D', ask: '31'.repeat(32), directory: '32'.repeat(32), answer: '33'.repeat(32) },
      ...{ name: '', invite: '', eddsa: '34'.repeat(32), data: {} },
    },
  ],
  /** Nothing, one small chunk, one that is just full, and a second one with the rest. */
  file: [0, 1000, 65_495, 65_500].map((size) => ({ secret: '51'.repeat(32), relay, size })),
  lan: ['cairn', 'bittrrt'].map((profile) => ({
    ...{ profile, client: '61'.repeat(32), server: '62'.repeat(32), newClient: '63'.repeat(32), newServer: '64'.repeat(32) },
    cookie: { secret: '65'.repeat(32), remote: { address: '192.0.2.7', port: 50_000 } },
    ...{ plaintext: hex(utf8('a packet')), associatedData: hex(utf8('about it')) },
  })),
}

const dir = join(root, 'test/vectors/own')
await mkdir(dir, { recursive: true })
for (const [family, cases] of Object.entries(inputs) as [Family, unknown[]][]) {
  const made = cases.map((input) => {
    const { context, drawn } = recording(primitives, random)
    return { inputs: input, drawn, outputs: families[family](context, input, people) }
  })
  await writeFile(join(dir, `${family}.json`), `${JSON.stringify(made, null, 1)}\n`)
}
