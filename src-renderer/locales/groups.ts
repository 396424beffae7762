/** Words about groups, and about people whom somebody introduces. */
import type { GroupEvent } from '#shared/contract/models.ts'

/** Null: this person. */
const doer = (name: string | null): string => name ?? 'You'

export const groups = {
  /** What happened, by whom (null: you), and to whom; `text` is a new name. */
  lines: {
    'group-created': (by: string | null, _whom: string, _text: string) => `${doer(by)} made this group.`,
    'group-joined': (by: string | null) => `${doer(by)} joined.`,
    'group-added': (by: string | null, whom: string) => `${doer(by)} added ${whom}.`,
    'group-left': (by: string | null) => `${doer(by)} left.`,
    'group-removed': (by: string | null, whom: string) => `${doer(by)} removed ${whom}.`,
    'group-renamed': (by: string | null, _whom: string, text: string) => `${doer(by)} named the group “${text}”.`,
    'group-picture': (by: string | null) => `${doer(by)} changed the picture of the group.`,
    'group-promoted': (by: string | null, whom: string) => `${doer(by)} made ${whom} an admin.`,
    'group-demoted': (by: string | null, whom: string) => `${doer(by)} took the role of an admin from ${whom}.`,
    'group-owner': (by: string | null, whom: string) => `${doer(by)} handed the group over to ${whom}.`,
    'group-dissolved': (by: string | null) => `${doer(by)} dissolved the group.`,
  } satisfies Record<GroupEvent, (by: string | null, whom: string, text: string) => string>,
}
