import { defineStore } from 'pinia'
import type { TextMessage, Writer } from '#shared/contract/itemModels.ts'

/** `requests` and `openInvites` are one page each; their id is empty. `archived` only opens a list of its own, and is never selected. */
export type Selection = { kind: 'conversation' | 'invite' | 'requests' | 'openInvites' | 'archived'; id: string }
export type Dialog =
  | { kind: 'invite'; id: string | null; label: string }
  | { kind: 'accept'; text: string; file: File | null }
  | { kind: 'error'; error: unknown }
  | { kind: 'reset' | 'block' | 'verify' | 'why' | 'stopExchange' | 'compare'; id: string }
  | { kind: 'cancelInvite'; id: string; back: boolean }
  | { kind: 'withdrawAddress' | 'replaceAddress'; id: string }
  | { kind: 'rename' | 'remove' | 'files'; id: string }
  | { kind: 'viewFile'; id: string; messageId: string }
  | { kind: 'resetAll' | 'passphrase' | 'newProfile' }
  | { kind: 'exportProfile' }
  | { kind: 'exportConversation'; id: string }
  | { kind: 'removeProfile'; profile: string }
  | { kind: 'settings'; section: SettingsSection }
  | { kind: 'addRelay'; from: string | null }
  | { kind: 'reach'; reach: 'computer' | 'network' }
  | { kind: 'addByCode'; tab: 'theirs' | 'own' }
  | { kind: 'protect' | 'accountPassword' | 'removeAccount' }
  | { kind: 'leaveRelay' | 'forgetRelay'; address: string }
  | TalkDialog
  | GroupDialog
  | IntroductionDialog

/** About messages; `ids` all of one conversation. */
export type TalkDialog =
  | { kind: 'link'; href: string; text: string }
  | { kind: 'forward' | 'deleteMessages'; conversationId: string; ids: string[] }
  | { kind: 'versions'; message: TextMessage }
  | { kind: 'timer' | 'pinned' | 'removeNotes'; conversationId: string }

const talkKinds: readonly string[] = [
  'link',
  'forward',
  'deleteMessages',
  'versions',
  'timer',
  'pinned',
  'removeNotes',
] satisfies TalkDialog['kind'][]
export const isTalk = (dialog: Dialog): dialog is TalkDialog => talkKinds.includes(dialog.kind)

/** `id` is a contact's: to be introduced to others, asked for somebody, or helped by somebody who knows it too. */
export interface IntroductionDialog {
  kind: 'introduce' | 'askIntroduction' | 'askHelp'
  id: string
}

export const isIntroduction = (dialog: Dialog): dialog is IntroductionDialog =>
  dialog.kind === 'introduce' || dialog.kind === 'askIntroduction' || dialog.kind === 'askHelp'

/** About groups; `id` is the group's. */
export type GroupDialog =
  | { kind: 'newGroup' }
  | { kind: 'editGroup' | 'addPeople' | 'leaveGroup' | 'dissolveGroup' | 'forgetGroup'; id: string }
  | { kind: 'handOver' | 'removeMember'; id: string; member: Writer }
  | { kind: 'deliveries'; conversationId: string; messageId: string }

const groupKinds: readonly string[] = [
  ...(['newGroup', 'editGroup', 'addPeople', 'leaveGroup', 'dissolveGroup', 'forgetGroup'] satisfies GroupDialog['kind'][]),
  ...(['handOver', 'removeMember', 'deliveries'] satisfies GroupDialog['kind'][]),
]
export const isGroup = (dialog: Dialog): dialog is GroupDialog => groupKinds.includes(dialog.kind)

export type SettingsSection =
  'profile' | 'security' | 'privacy' | 'appearance' | 'account' | 'relays' | 'desktop' | 'blocked' | 'data' | 'about'

interface State {
  selected: Selection | null
  detailsOpen: boolean
  dialog: Dialog | null
  /** A message to be shown in its place; whoever has shown it sets null. */
  jump: { conversationId: string; messageId: string } | null
  toast: { text: string; key: number } | null
  /** Read aloud by screen readers. */
  announcement: string
}

/** What this window shows; nothing here leaves it. */
export const useUi = defineStore('ui', {
  state: (): State => ({ selected: null, detailsOpen: false, dialog: null, jump: null, toast: null, announcement: '' }),
  getters: {
    conversationId: (ui): string | null => (ui.selected?.kind === 'conversation' ? ui.selected.id : null),
    /** Which of the columns a narrow window shows. */
    pane: (ui): 'list' | 'chat' | 'details' =>
      ui.selected === null ? 'list' : ui.detailsOpen && ui.selected.kind === 'conversation' ? 'details' : 'chat',
  },
  actions: {
    select(selected: Selection | null) {
      this.selected = selected
    },
    jumpTo(conversationId: string, messageId: string) {
      this.select({ kind: 'conversation', id: conversationId })
      this.jump = { conversationId, messageId }
    },
    open(dialog: Dialog) {
      this.dialog = dialog
    },
    close() {
      this.dialog = null
    },
    say(text: string) {
      this.toast = { text, key: (this.toast?.key ?? 0) + 1 }
    },
    announce(text: string) {
      this.announcement = text
    },
    fail(error: unknown) {
      this.dialog = { kind: 'error', error }
    },
  },
})
