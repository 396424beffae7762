/** Groups: who is in them, and how everybody comes to hold to the same (docs/protocol.md section 9). */
import { hex } from '../../protocol/bytes.ts'
import { roleIn, type GroupRole } from '../../protocol/groupState.ts'
import type { GroupMessage } from '../../protocol/message.ts'
import type { Contact } from '../../storage/contactStore.ts'
import type { Conversations } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Files } from '../files/files.ts'
import type { Introductions } from '../introductions/introductions.ts'
import type { Outbox } from '../outbox.ts'
import { createGroupActs } from './acts.ts'
import { createChanges } from './changes.ts'
import { createConnecting } from './connecting.ts'
import { createGroupDetails } from './details.ts'
import { createFollowing } from './following.ts'
import { createGossip, type Gossip } from './gossip.ts'
import { createInvitations } from './invitations.ts'
import { createGroupTools, type Group } from './parts.ts'
import { createPassing, type PassingParts } from './passing.ts'
import { createSigning } from './signing.ts'

export interface GroupsParts {
  conversations: Conversations
  files: Pick<Files, 'wipeAll'>
  introductions: Pick<Introductions, 'forGroup'>
  outbox: Pick<Outbox, 'queue'>
  onCopy: PassingParts['onCopy']
  /** The backup is another now. */
  touch(): void
}

/** In the transaction in which the head of a group moved, or more of its changes came. */
type HeadListener = (group: Contact) => void
/** In the transaction in which a member said that it holds to a change that is here. */
type AgreedListener = (member: Contact, group: Contact) => void

const day = 24 * 3600_000

export type Groups = ReturnType<typeof createGroups>

export function createGroups(core: Core, { conversations, files, introductions, outbox, onCopy, touch }: GroupsParts) {
  const { stores } = core
  const tools = createGroupTools(core, { conversations, outbox })
  const changes = createChanges(core)
  const following = createFollowing(core, { conversations, changes, tools })
  const signing = createSigning(core, { changes, gossip: () => gossip, tools })
  const gossip: Gossip = createGossip(core, { changes, following, tools }, { onMoved, onAgreed })
  const invitations = createInvitations(core, { changes, conversations, gossip, signing, tools })
  const connecting = createConnecting(core, { changes, gossip, introductions, tools })
  const passing = createPassing(core, { changes, connecting, tools, onCopy })
  const details = createGroupDetails(core, { changes, tools })
  const acts = createGroupActs(core, { changes, conversations, details, files, following, invitations, signing, tools })
  const listeners: HeadListener[] = []
  const agreedListeners: AgreedListener[] = []
  let healed = 0

  function onMoved(group: Group, newcomers: string[]): void {
    const isIn = group.row.state === 'member'
    if (group.row.state === 'left') sayLeaving(group)
    if (isIn) for (const { no, id } of stores.groups.heardOf(group.contact.no)) if (newcomers.includes(id)) gossip.sayHead(no, group)
    signing.review(group)
    connecting.announce(group)
    for (const listener of listeners) listener(group.contact)
    core.later(() => core.commit(() => reconnect(group.contact.no)))
    touch()
  }

  function onAgreed(member: Contact, { contact }: Group): void {
    for (const listener of agreedListeners) listener(member, contact)
  }

  /** Has left, and the group does not say so. */
  function sayLeaving(group: Group): void {
    const state = changes.headState(group.row)
    if (state?.members.has(core.identity().id) !== true || state.dissolved || signing.isOwnerLeaving(group)) return
    for (const { no, id } of stores.groups.heardOf(group.contact.no)) if (state.admins.has(id)) tools.say(no, group, { t: 'group.leave' })
  }

  function reconnect(no: number): void {
    const group = tools.byNo(no)
    if (group) connecting.connect(group)
  }

  function arrived(contact: Contact, message: GroupMessage): void {
    if (message.t === 'group.invite') return invitations.arrived(contact, message)
    const group = tools.find(hex(message.group))
    if (!group) return tools.refuse(contact, 'group.unknown')
    switch (message.t) {
      case 'group.answer':
        return invitations.answered(contact, group, message)
      case 'group.leave':
        return left(contact, group)
      case 'group.changes':
        gossip.changesArrived(contact, group, message)
        listeners.forEach((listener) => listener(group.contact))
        if (message.more !== true) invitations.judgeInviter(contact, tools.byNo(group.contact.no) ?? group)
        return
      case 'group.head':
        gossip.headArrived(contact, group, message)
        return passing.later(group.contact.no)
      case 'group.fetch':
        return gossip.fetchArrived(contact, group, message)
      case 'group.keys':
        return passing.onKeys(contact, group, message)
      case 'group.person':
        return passing.onPerson(contact, group, message)
      case 'group.pass':
        return passing.onPass(contact, group, message)
      case 'group.passed':
        return passing.onPassed(contact, group, message)
    }
  }

  function left(contact: Contact, group: Group): void {
    const person = stores.groups.person(group.contact.no, contact.id)
    if (person?.state === 'former') return gossip.answerFormer(contact, group)
    if (person?.state !== 'member') return
    stores.groups.putPerson(group.contact.no, { ...person, state: 'leaving' })
    signing.review(group)
    tools.changed(group)
  }

  /** In the transaction that confirms a session with it. */
  function connected(contact: Contact): void {
    const isNew = stores.sessions.events(contact.no).length <= 1 && !stores.groups.hasText(contact.no)
    const shared = stores.groups.groupsOf(contact.id).flatMap((no) => tools.byNo(no) ?? [])
    if (isNew && shared.length > 0 && stores.groups.wasIntroducedForGroup(contact.id)) stores.contacts.update(contact.no, { quiet: 1 })
    for (const group of shared) {
      if (group.row.state === 'member') gossip.sayHead(contact.no, group)
      connecting.announce(group)
      passing.later(group.contact.no)
      tools.changed(group)
      core.later(() => core.commit(() => reconnect(group.contact.no)))
    }
    for (const row of stores.groups.all()) {
      const group = row.state === 'joining' && row.inviter === contact.id ? tools.byNo(row.contact) : null
      if (group) invitations.remind(group)
    }
  }

  /** Now and then: what should have been done by now, and once a day a word to a few members. */
  function housekeeping(): void {
    const isDaily = core.now() - healed >= day
    if (isDaily) {
      healed = core.now()
      connecting.calm()
    }
    for (const row of stores.groups.all()) {
      core.guard('groups.housekeeping-failed', () =>
        core.commit(() => {
          const group = tools.byNo(row.contact)
          if (group) review(group, isDaily)
        }),
      )
    }
  }

  function review(group: Group, isDaily: boolean): void {
    if (isDaily && group.row.state === 'joining') invitations.remind(group)
    if (isDaily && group.row.state === 'member') gossip.heal(group)
    if (isDaily && group.row.state === 'left') sayLeaving(group)
    signing.review(group)
    connecting.connect(group)
    passing.later(group.contact.no)
  }

  /** By number of the group's conversation: what somebody is in it. */
  function roleOf(no: number, id: string): GroupRole | null {
    const row = stores.groups.get(no)
    const state = row ? changes.headState(row) : null
    return state ? roleIn(state, id) : null
  }

  return {
    acts,
    arrived,
    connected,
    /** Once after each start. */
    resume: housekeeping,
    housekeeping,
    roleOf,
    /** How long messages of the group stay. Errors: `group.not-member`, `group.not-allowed`. */
    setTimer: ({ id }: Contact, seconds: number) => acts.setTimer(id, seconds),
    /** A message of the group waits for somebody. In the caller's transaction. */
    waits: (no: number) => passing.later(no),
    /** Errors: `group.unknown`, `group.not-member`. */
    setPassing(id: string, wanted: boolean) {
      passing.choose(tools.get(id), wanted)
      return details(tools.get(id))
    },
    /** Whether a change is here. */
    knows: (no: number, hash: string): boolean => stores.groups.change(no, hash) !== null,
    /** Asks that member for what is missing here. */
    wanted(contact: Contact, no: number): void {
      const group = tools.byNo(no)
      if (group) gossip.askOnce(contact, group)
    },
    /** Of a group by its id: members who probably hear a member of it. */
    hearers(id: string): (member: string) => readonly string[] {
      const group = tools.find(id)
      return group?.row.state === 'member' ? connecting.hearers(group) : () => []
    },
    onHead: (listener: HeadListener) => void listeners.push(listener),
    onAgreed: (listener: AgreedListener) => void agreedListeners.push(listener),
    /** Errors: `group.unknown`. */
    connect(id: string, member: string) {
      const group = tools.get(id)
      core.commit(() => connecting.connectNow(group, member))
      return details(group)
    },
  }
}
