import { expect, test } from 'vitest'
import { decodeMessage, encodeMessage, type ConnectMessage } from '#main/transport/lan/connectMessages.ts'
import {
  acceptConnect,
  startClient,
  stepClient,
  type ClientEffect,
  type ClientState,
  type HandshakeContext,
} from '#main/transport/lan/handshake.ts'
import { profiles, type ProfileName } from '#main/transport/lan/profiles.ts'
import { node } from '#test/support/providers.ts'
import { seededRandom } from '#test/support/seeded.ts'

const contextOf = (name: ProfileName): HandshakeContext => ({
  ...{ profile: profiles[name], primitives: node, random: seededRandom(name), now: 1_750_000_000_000 },
})
const kinds = (effects: ClientEffect[]) => effects.map(({ type }) => type)
const step = (state: ClientState, message: ConnectMessage, context: HandshakeContext) =>
  stepClient(state, { type: 'datagram', datagram: encodeMessage(context.profile, message, context) }, context)
const connectOf = (effects: ClientEffect[], context: HandshakeContext) => {
  const [message] = effects.flatMap((effect) => (effect.type === 'send' ? [decodeMessage(context.profile, effect.datagram, node)] : []))
  if (message?.cmd !== 'connect') throw new Error('no connect')
  return message
}

test.each(['cairn', 'bittrrt'] as const)(
  'profile %s: both sides agree on the same keys, and no state that was given is changed',
  (name) => {
    const context = contextOf(name)
    const { state, effects } = startClient(context)
    expect(kinds(effects)).toEqual(['send', 'wait'])
    const accepted = acceptConnect(connectOf(effects, context), context)
    const before = structuredClone(state)
    const answered = stepClient(state, { type: 'datagram', datagram: accepted.answer }, context)
    expect({ ...state, secretKey: before.secretKey }).toEqual(before) // the secret is erased once it is of no use
    expect(kinds(answered.effects)).toEqual(name === 'cairn' ? ['agreed', 'ping'] : ['agreed', 'done'])
    const [mine] = answered.effects.flatMap((effect) => (effect.type === 'agreed' ? [effect.agreed] : []))
    expect(mine?.channelHash).toEqual(accepted.agreed.channelHash)
    expect(mine?.keys.send).toEqual(accepted.agreed.keys.receive)
    expect(mine?.keys.receive).toEqual(accepted.agreed.keys.send)
    if (name === 'bittrrt') return
    expect(mine?.keys.send).not.toEqual(mine?.keys.receive)
    const again = stepClient(answered.state, { type: 'timer' }, context)
    expect(kinds(again.effects)).toEqual(['send', 'ping', 'wait'])
    expect(kinds(stepClient(again.state, { type: 'confirmed' }, context).effects)).toEqual(['done'])
    expect(state.secretKey).toEqual(new Uint8Array(32))
  },
)

test('answers that alternate between keys make each channel once, and of eight at most: nonces would be used twice', () => {
  const context = contextOf('cairn')
  let { state } = startClient(context)
  const answers = Array.from({ length: 10 }, () => acceptConnect({ pubkey: state.publicKey }, context).answer)
  const took = [0, 1, 0, 1, 2, 0, 3, 4, 5, 6, 7, 8, 9, 0].map((i) => {
    const next = stepClient(state, { type: 'datagram', datagram: answers[i] as Uint8Array }, context)
    state = next.state
    return next.effects.length > 0
  })
  expect(took).toEqual([true, true, false, false, true, false, true, true, true, true, true, false, false, false])
})

test('a first cookie is shown at once, later ones with the next try', () => {
  const context = contextOf('cairn')
  const { state } = startClient(context)
  const cookie = (byte: number) => ({ cmd: 'cookie', cookie: new Uint8Array(16).fill(byte), to: state.publicKey }) as const
  const first = step(state, cookie(1), context)
  expect(kinds(first.effects)).toEqual(['send'])
  expect(connectOf(first.effects, context).cookie).toEqual(cookie(1).cookie)
  const second = step(first.state, cookie(2), context)
  expect(second.effects).toEqual([])
  expect(connectOf(stepClient(second.state, { type: 'timer' }, context).effects, context).cookie).toEqual(cookie(2).cookie)
  const foreign = step(state, { ...cookie(3), to: context.random(32) }, context)
  expect(foreign).toEqual({ state, effects: [] })
})

test('in profile bittrrt there are no cookies, no padding and no names: the JSON alone', () => {
  const context = contextOf('bittrrt')
  const { state, effects } = startClient(context)
  expect(connectOf(effects, context)).toEqual({ cmd: 'connect', pubkey: state.publicKey })
  const { answer } = acceptConnect({ pubkey: state.publicKey }, context)
  expect(Object.keys(decodeMessage(profiles.bittrrt, answer, node))).toEqual(['cmd', 'pubkey'])
  const [sent] = effects
  expect(sent?.type === 'send' && sent.datagram).toHaveLength(answer.length)
  expect(() => acceptConnect({ pubkey: new Uint8Array(32) }, context)).toThrow(expect.objectContaining({ code: 'lan.wrong-key' }))
})
