/**
 * What an event about another message may do, whatever order things come in: the one place for rules about late, repeated and unknown
 * events (docs/protocol.md section 5). Pure; whoever asks has looked up what is known of the message.
 */
import { limits } from '#shared/contract/limits.ts'
import type { Change } from './message.ts'

export type Target =
  /** `own`: whoever did this wrote the message; `reactedAt`: when it last reacted to it, by its own clock; 0 for never. */
  | { state: 'here'; own: boolean; sentAt: number; editedAt: number | null; deleted: boolean; reactedAt: number }
  /** It was here: deleted on this computer, or it has disappeared. */
  | { state: 'gone' }
  /** It may still come. */
  | { state: 'unknown' }
  /** It is a line of the program, which nobody wrote. */
  | { state: 'none' }

/**
 * `apply` it now; `keep` it until its message comes; `ignore` it, because what came later or ended the message already stands; `refuse`
 * it, because its author may not do that.
 */
export type Verdict = 'apply' | 'keep' | 'ignore' | 'refuse'

export function judgeChange(target: Target, change: Pick<Change, 't' | 'at'>): Verdict {
  if (target.state === 'none') return 'refuse'
  if (target.state === 'unknown') return 'keep'
  if (target.state === 'gone') return 'ignore'
  if (change.t !== 'reaction' && !target.own) return 'refuse' // only its author changes a message
  if (target.deleted) return 'ignore'
  if (change.t === 'reaction') return change.at > target.reactedAt ? 'apply' : 'ignore'
  if (change.t === 'delete') return 'apply'
  if (change.at > target.sentAt + limits.editableMs) return 'refuse'
  return change.at > (target.editedAt ?? target.sentAt) ? 'apply' : 'ignore'
}

export interface Timer {
  seconds: number
  /** When either side chose it, by that side's clock. */
  at: number
}

/** Of two choices the later one holds for both sides, and of two at the same moment the longer time. */
export const timerHolds = (chosen: Timer, known: Timer): boolean =>
  chosen.at > known.at || (chosen.at === known.at && chosen.seconds > known.seconds)

/** What this side writes has to come after what it knows, whatever its clock says. */
export const after = (now: number, known: number): number => Math.max(now, known + 1)
