/** The pure parts of the group service: what lines say, what is signed again, and what somebody is after a change. */
import { describe, expect, it } from 'vitest'
import { unhex } from '#main/protocol/bytes.ts'
import type { Operation } from '#main/protocol/groupChange.ts'
import { afterOperation, stateDigest, type GroupState } from '#main/protocol/groupState.ts'
import { decodeState, encodeState } from '#main/protocol/groupSummary.ts'
import { differences } from '#main/services/groups/differences.ts'
import { ownState } from '#main/services/groups/following.ts'
import { stillWanted } from '#main/services/groups/signing.ts'
import { identityNamed, primitives } from '#test/support/puppet.ts'

const ann = identityNamed('Ann')
const ben = identityNamed('Ben')
const [cleo, dan] = ['cc'.repeat(32), 'dd'.repeat(32)] as const
const noSteps = { followed: [], leaving: new Set<string>() }

const create: Operation = { op: 'create', name: 'Walkers', owner: ann.publicBytes, salt: new Uint8Array(16) }
const add = (...ids: string[]): Operation => ({ op: 'add', members: ids.map((id) => ({ id: unhex(id), name: id.slice(0, 2) })) })
const remove = (...ids: string[]): Operation => ({ op: 'remove', members: ids.map(unhex) })
const after = (state: GroupState, ...ops: Operation[]): GroupState =>
  ops.reduce((before, op) => afterOperation(primitives, before, ann.id, op), state)
const first = afterOperation(primitives, null, ann.id, create)
const idOf = () => ben.id

describe('what became different', () => {
  it('is one line for several people, by whoever did it, and nothing for what came and went', () => {
    const state = after(first, add(cleo, dan))
    const followed = [{ signer: ben.id, op: add(cleo, dan) }]
    expect(differences(first, state, { ...noSteps, followed })).toEqual([{ event: 'group-added', by: ben.id, about: [cleo, dan] }])
    expect(differences(first, after(first, add(cleo)), noSteps)).toEqual([{ event: 'group-joined', by: cleo, about: [cleo] }])
    expect(differences(first, after(first, add(cleo), remove(cleo)), noSteps)).toEqual([])
  })

  it('tells who left from who was removed', () => {
    const before = after(first, add(cleo, dan))
    const steps = { followed: [{ signer: ben.id, op: remove(cleo, dan) }], leaving: new Set([cleo]) }
    expect(differences(before, after(before, remove(cleo, dan)), steps)).toEqual([
      { event: 'group-left', by: cleo, about: [cleo] },
      { event: 'group-removed', by: ben.id, about: [dan] },
    ])
  })

  it('names roles, name, picture, timer and the end', () => {
    const before = after(first, add(ben.id))
    const promoted = after(before, { op: 'promote', identity: ben.publicBytes })
    const events = (from: GroupState, to: GroupState) => differences(from, to, noSteps).map(({ event }) => event)
    expect(events(before, promoted)).toEqual(['group-promoted'])
    expect(events(promoted, before)).toEqual(['group-demoted'])
    expect(events(promoted, after(promoted, { op: 'transfer', member: unhex(ben.id) }))).toEqual(['group-owner'])
    const others: Operation[] = [
      { op: 'rename', name: 'Hikers' },
      { op: 'picture', picture: Uint8Array.of(1) },
      { op: 'timer', seconds: 60 },
      { op: 'dissolve' },
    ]
    expect(events(before, after(before, ...others))).toEqual(['group-renamed', 'group-picture', 'timer', 'group-dissolved'])
  })
})

describe('what a branch that lost wanted', () => {
  const state = after(first, add(cleo, ben.id))

  it('is done again as far as it is not there', () => {
    expect(stillWanted(add(cleo, dan), state, idOf)).toEqual({ op: 'add', members: [{ id: unhex(dan), name: 'dd' }] })
    expect(stillWanted(remove(cleo, dan), state, idOf)).toEqual(remove(cleo))
    expect(stillWanted({ op: 'rename', name: 'Hikers' }, state, idOf)).toEqual({ op: 'rename', name: 'Hikers' })
    expect(stillWanted({ op: 'promote', identity: ben.publicBytes }, state, idOf)).not.toBeNull()
  })

  it.each<[string, Operation]>([
    ['who is in', add(cleo)],
    ['who is out', remove(dan)],
    ['the name there is', { op: 'rename', name: 'Walkers' }],
    ['no picture', { op: 'picture', picture: new Uint8Array() }],
    ['the timer there is', { op: 'timer', seconds: 0 }],
    ['no admin', { op: 'demote', member: unhex(cleo) }],
    ['a hand-over', { op: 'transfer', member: unhex(cleo) }],
    ['a dissolution', { op: 'dissolve' }],
  ])('is not done again: %s', (_, op) => {
    expect(stillWanted(op, state, idOf)).toBeNull()
  })
})

describe('a state', () => {
  it('is the same out of the keystore', () => {
    const state = after(first, add(cleo, ben.id), { op: 'promote', identity: ben.publicBytes }, { op: 'timer', seconds: 60 })
    const read = decodeState(primitives, encodeState(state))
    expect(stateDigest(primitives, read)).toEqual(stateDigest(primitives, state))
    expect(read.admins.get(ben.id)?.sigKey).toEqual(ben.sigKey)
  })

  it('makes nobody a member who has not said yes, or has left', () => {
    const [inIt, out] = [after(first, add(cleo)), first]
    expect(['invited', 'left', 'joining', 'removed', 'member'].map((held) => ownState(held as 'member', inIt, cleo))).toEqual([
      'invited',
      'left',
      'member',
      'member',
      'member',
    ])
    expect(['joining', 'member'].map((held) => ownState(held as 'member', out, cleo))).toEqual(['joining', 'removed'])
    expect(ownState('member', after(inIt, { op: 'dissolve' }), cleo)).toBe('dissolved')
  })
})
