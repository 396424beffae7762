/** Who may change what in a group, and what of a change is checked. */
import { describe, expect, it } from 'vitest'
import { hex, unhex } from '#main/protocol/bytes.ts'
import { decodeCbor, encodeCbor } from '#main/protocol/cbor.ts'
import { decodeChange, groupOf, signChange, type GroupChange, type Operation } from '#main/protocol/groupChange.ts'
import { afterOperation, applyChange, roleIn, stateDigest, type GroupState } from '#main/protocol/groupState.ts'
import { generateIdentity, type Identity } from '#main/protocol/identity.ts'
import { limits } from '#shared/contract/limits.ts'
import * as v from 'valibot'
import { random } from '../../support/profileFolder.ts'
import { node as primitives } from '../../support/providers.ts'

const person = (nick: string): Identity => generateIdentity({ primitives, random, now: 1_000 }, nick)
const [ada, ben, cleo] = [person('Ada'), person('Ben'), person('Cleo')] as [Identity, Identity, Identity]
const stranger = (i: number) => ({ id: unhex(i.toString(16).padStart(64, '0')), name: `Member ${String(i)}` })
const member = ({ id, nick }: Identity) => ({ id: unhex(id), name: nick })

interface Made {
  state: GroupState
  last: GroupChange
}

function create(): Made {
  const op: Operation = { op: 'create', name: 'Walkers', owner: ada.publicBytes, salt: new Uint8Array(16) }
  const state = afterOperation(primitives, null, ada.id, op)
  const links = { group: null, parent: null, generation: 0, at: 5 }
  return { state, last: signChange(primitives, ada, { ...links, op, state: stateDigest(primitives, state) }) }
}

/** What a group is after `op` by `by`, having gone over the wire. */
function next({ state, last }: Made, by: Identity, op: Operation): Made {
  const after = afterOperation(primitives, state, by.id, op)
  const links = { group: groupOf(last), parent: last.hash, generation: state.generation + 1, at: 6 }
  const change = signChange(primitives, by, { ...links, op, state: stateDigest(primitives, after) })
  const received = decodeChange(primitives, change.bytes)
  expect(received).toEqual(change)
  return { state: applyChange(primitives, state, received), last: received }
}

const refusal = (work: () => unknown): unknown => {
  try {
    work()
  } catch (error) {
    return (error as { details: { why?: string }; code: string }).details.why ?? (error as { code: string }).code
  }
  return 'nothing'
}

const group = (): Made => {
  const withBoth = next(create(), ada, { op: 'add', members: [member(ben), member(cleo)] })
  return next(withBoth, ada, { op: 'promote', identity: ben.publicBytes })
}

describe('changes of a group', () => {
  it('make it what they say, for whoever reads them', () => {
    let made = group()
    expect(made.state).toMatchObject({ generation: 2, name: 'Walkers', owner: ada.id, dissolved: false })
    expect([ada, ben, cleo].map(({ id }) => roleIn(made.state, id))).toEqual(['owner', 'admin', 'member'])
    expect(made.state.members.get(cleo.id)).toEqual({ name: 'Cleo', since: 1 })
    made = next(made, ben, { op: 'rename', name: 'Runners' })
    made = next(made, ben, { op: 'picture', picture: Uint8Array.of(1, 2) })
    made = next(made, ben, { op: 'timer', seconds: 3600 })
    made = next(made, ben, { op: 'remove', members: [unhex(cleo.id)] })
    expect(made.state).toMatchObject({ name: 'Runners', timer: 3600, picture: Uint8Array.of(1, 2) })
    expect(roleIn(made.state, cleo.id)).toBeNull()
    made = next(made, ada, { op: 'transfer', member: unhex(ben.id) })
    expect([ada, ben].map(({ id }) => roleIn(made.state, id))).toEqual(['admin', 'owner'])
    made = next(made, ben, { op: 'demote', member: unhex(ada.id) })
    made = next(made, ben, { op: 'dissolve' })
    expect(refusal(() => next(made, ben, { op: 'rename', name: 'Again' }))).toBe('dissolved')
  })

  it('of members are none, and of admins none that concern admins', () => {
    const made = group()
    const tries: [Identity, Operation, string][] = [
      [cleo, { op: 'rename', name: 'Mine' }, 'not-allowed'],
      [cleo, { op: 'add', members: [stranger(1)] }, 'not-allowed'],
      [ben, { op: 'promote', identity: cleo.publicBytes }, 'not-allowed'],
      [ben, { op: 'demote', member: unhex(ada.id) }, 'not-allowed'],
      [ben, { op: 'remove', members: [unhex(ada.id)] }, 'not-allowed'],
      [ben, { op: 'remove', members: [unhex(ben.id)] }, 'not-allowed'],
      [ben, { op: 'transfer', member: unhex(ben.id) }, 'not-allowed'],
      [ben, { op: 'dissolve' }, 'not-allowed'],
      [ada, { op: 'remove', members: [unhex(ada.id)] }, 'not-allowed'],
      [ada, { op: 'demote', member: unhex(ada.id) }, 'not-allowed'],
      [ada, { op: 'transfer', member: unhex(cleo.id) }, 'unknown-member'],
      [ada, { op: 'remove', members: [stranger(1).id] }, 'unknown-member'],
      [ada, { op: 'promote', identity: person('Dora').publicBytes }, 'unknown-member'],
      [ada, { op: 'add', members: [member(cleo)] }, 'already'],
      [ada, { op: 'add', members: [stranger(1), stranger(1)] }, 'already'],
      [ada, { op: 'promote', identity: ben.publicBytes }, 'already'],
      [ada, { op: 'create', name: 'Other', owner: ada.publicBytes, salt: new Uint8Array(16) }, 'not-allowed'],
    ]
    expect(tries.map(([by, op]) => refusal(() => afterOperation(primitives, made.state, by.id, op)))).toEqual(tries.map(([, , why]) => why))
  })

  it('make no group larger than it may be', () => {
    const all = Array.from({ length: limits.groupMembers - 1 }, (_, i) => stranger(i + 1))
    const made = next(create(), ada, { op: 'add', members: all })
    expect(made.state.members.size).toBe(limits.groupMembers)
    expect(refusal(() => next(made, ada, { op: 'add', members: [stranger(9_999)] }))).toBe('full')
  })

  it('begin with their owner alone, whose group nobody else can begin', () => {
    const op: Operation = { op: 'create', name: 'Walkers', owner: ada.publicBytes, salt: new Uint8Array(16) }
    expect(refusal(() => afterOperation(primitives, null, ben.id, op))).toBe('not-allowed')
    expect(refusal(() => afterOperation(primitives, null, ada.id, { op: 'rename', name: 'Walkers' }))).toBe('not-allowed')
    expect(groupOf(create().last)).toBe(create().last.hash)
  })

  it('are refused with a foreign signature, at another place, or with another outcome', () => {
    const { state, last } = group()
    const op: Operation = { op: 'rename', name: 'Runners' }
    const after = afterOperation(primitives, state, ada.id, op)
    const links = { group: groupOf(last), parent: last.hash, generation: 3, at: 6 }
    const made = (by: Identity, more: object = {}) =>
      signChange(primitives, by, { ...links, op, state: stateDigest(primitives, after), ...more })
    const good = made(ada)
    expect(refusal(() => applyChange(primitives, state, good))).toBe('nothing')
    expect(refusal(() => applyChange(primitives, state, { ...good, sig: made(ben).sig }))).toBe('signature')
    expect(refusal(() => applyChange(primitives, state, made({ ...ada, sigSecret: ben.sigSecret })))).toBe('signature')
    expect(refusal(() => applyChange(primitives, state, made(ada, { generation: 4 })))).toBe('order')
    expect(refusal(() => applyChange(primitives, state, made(ada, { state: new Uint8Array(32) })))).toBe('state')
    expect(refusal(() => applyChange(primitives, state, made(cleo)))).toBe('not-allowed')
  })

  it('are read in no other form', () => {
    const { last } = group()
    const fields = v.looseObject({ body: v.any(), sig: v.any() })
    const { body, sig } = decodeCbor(last.bytes, fields) as { body: Uint8Array; sig: Uint8Array }
    const changed = (more: object) => {
      const inner = decodeCbor(body, v.looseObject({}))
      return encodeCbor({ body: encodeCbor({ ...inner, ...more }), sig })
    }
    expect(refusal(() => decodeChange(primitives, changed({ v: 2 })))).toBe('codec.newer-version')
    expect(refusal(() => decodeChange(primitives, changed({ more: 1 })))).toBe('codec.malformed')
    expect(refusal(() => decodeChange(primitives, changed({ op: { op: 'rename', name: 'a\u202eb' } })))).toBe('codec.malformed')
    expect(refusal(() => decodeChange(primitives, new Uint8Array(limits.groupChangeBytes + 1)))).toBe('codec.too-large')
    expect(refusal(() => decodeChange(primitives, last.bytes.slice(0, -1)))).toBe('codec.malformed')
    expect(hex(decodeChange(primitives, last.bytes).bytes)).toBe(hex(last.bytes))
  })
})
