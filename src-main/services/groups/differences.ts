/** What became different in a group, as the lines of its conversation say it. */
import type { SystemLine } from '#shared/contract/itemModels.ts'
import { equalBytes, hex } from '../../protocol/bytes.ts'
import type { Operation } from '../../protocol/groupChange.ts'
import type { GroupState } from '../../protocol/groupState.ts'

export interface GroupLine {
  event: SystemLine['event']
  /** The id of whoever did it. */
  by: string
  /** Ids of whom it is about. */
  about: string[]
  text?: string
  count?: number
}

interface Steps {
  /** Changes that led to the new state, the oldest first; none of them where only others were taken back. */
  followed: readonly { signer: string; op: Operation }[]
  /** Those who have said that they leave. */
  leaving: ReadonlySet<string>
}

/** Several people in one line, and nothing that came to be and went again on the way. */
export function differences(before: GroupState, after: GroupState, { followed, leaving }: Steps): GroupLine[] {
  const signerOf = (name: Operation['op'], member?: string): string =>
    followed.findLast(({ op }) => op.op === name && (member === undefined || isAbout(op, member)))?.signer ?? after.owner
  const lines: GroupLine[] = []
  const add = (event: GroupLine['event'], by: string, about: string[], rest: { text?: string; count?: number } = {}): void =>
    void lines.push({ event, by, about, ...rest })

  const gone = [...before.members.keys()].filter((id) => !after.members.has(id))
  const left = gone.filter((id) => leaving.has(id))
  for (const id of left) add('group-left', id, [id])
  for (const [signer, ids] of Map.groupBy(
    gone.filter((id) => !leaving.has(id)),
    (id) => signerOf('remove', id),
  ))
    add('group-removed', signer, ids)

  const come = [...after.members.keys()].filter((id) => !before.members.has(id))
  if (come.length === 1) add('group-joined', come[0] as string, come)
  else
    for (const [signer, ids] of Map.groupBy(come, (id) => signerOf('add', id)))
      add(ids.length === 1 ? 'group-joined' : 'group-added', ids.length === 1 ? (ids[0] as string) : signer, ids)

  if (before.name !== after.name) add('group-renamed', signerOf('rename'), [], { text: after.name })
  if (!equalBytes(before.picture, after.picture)) add('group-picture', signerOf('picture'), [])
  if (before.timer !== after.timer) add('timer', signerOf('timer'), [], { count: after.timer })
  if (before.owner !== after.owner) add('group-owner', before.owner, [after.owner])
  const isStill = (id: string) => before.members.has(id) && after.members.has(id)
  const up = [...after.admins.keys()].filter((id) => !before.admins.has(id) && isStill(id))
  if (up.length > 0) add('group-promoted', after.owner, up)
  const down = [...before.admins.keys()].filter((id) => !after.admins.has(id) && isStill(id))
  if (down.length > 0) add('group-demoted', after.owner, down)
  if (after.dissolved && !before.dissolved) add('group-dissolved', signerOf('dissolve'), [])
  return lines
}

function isAbout(op: Operation, member: string): boolean {
  if (op.op === 'add') return op.members.some(({ id }) => hex(id) === member)
  return op.op === 'remove' && op.members.some((id) => hex(id) === member)
}
