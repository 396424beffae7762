import { limits } from '#shared/contract/limits.ts'
import type { TextMessage } from '#shared/contract/itemModels.ts'

export type MessageAction = 'reply' | 'react' | 'copy' | 'edit' | 'forward' | 'deliveries' | 'pin' | 'unpin' | 'select' | 'delete'

/**
 * What can be done with a message.
 * @param isKept the app has it; one that it has not can only be copied, and deleted once it has failed
 */
export function actionsFor(
  message: TextMessage,
  { now, isKept, hasFailed, inGroup = false }: { now: number; isKept: boolean; hasFailed: boolean; inGroup?: boolean },
): MessageAction[] {
  if (!isKept) return hasFailed ? ['copy', 'delete'] : ['copy']
  if (message.deleted) return ['select', 'delete']
  return [
    ...(['reply', 'react', 'copy'] as const),
    ...(canEdit(message, now) ? (['edit'] as const) : []),
    'forward',
    ...(inGroup && message.own ? (['deliveries'] as const) : []),
    ...([message.pinned ? 'unpin' : 'pin', 'select', 'delete'] as const),
  ]
}

export const canEdit = ({ own, deleted, sentAt }: TextMessage, now: number): boolean => own && !deleted && now - sentAt < limits.editableMs
