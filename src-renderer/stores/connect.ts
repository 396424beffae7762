import type { Pinia } from 'pinia'
import type { AppEvent } from '#shared/contract/events.ts'
import type { Phase } from '#shared/contract/appModels.ts'
import type { Bridge, Link } from '../bridge.ts'
import { isCairnError } from '#shared/errors.ts'
import { words } from '../locales/index.ts'
import { messageWords } from '../lib/messageWords.ts'
import { firstName } from '../lib/names.ts'
import { useAccount } from './account.ts'
import { useApp } from './app.ts'
import { useAppearance } from './appearance.ts'
import { useCodes } from './codes.ts'
import { useContacts } from './contacts.ts'
import { useConversations } from './conversations.ts'
import { useDesktop } from './desktop.ts'
import { useFiles } from './files.ts'
import { useGroups } from './groups.ts'
import { useIntroductions } from './introductions.ts'
import { useInvites } from './invites.ts'
import { useLan } from './lan.ts'
import { useMessages } from './messages.ts'
import { useNetwork } from './network.ts'
import { useProfiles } from './profiles.ts'
import { useResetAll } from './resetAll.ts'
import { useSearch } from './search.ts'
import { useSettings } from './settings.ts'
import { useTalk } from './talk.ts'
import { useRequests } from './requests.ts'
import { useUi } from './ui.ts'

/**
 * Lets the one stream of events flow into the stores. Whenever the bridge comes up, and whenever the profile is opened,
 * everything is loaded anew; events that arrive meanwhile are applied afterwards, so none is lost to an older list.
 */
export function connectStores(bridge: Bridge, pinia: Pinia): () => void {
  let loading = 0
  let queue: AppEvent[] = []

  const during = async (load: () => Promise<void>) => {
    loading++
    try {
      await load()
    } finally {
      loading--
      if (loading === 0) queue.splice(0).forEach((event) => applyEvent(event, pinia))
    }
  }
  const whenOpened = (before: Phase | undefined) => {
    const phase = useApp(pinia).state?.phase
    if (phase === 'open' && before !== 'open') run(() => during(() => loadAll(pinia)))
    if (phase !== 'open' && before === 'open') forget(pinia)
  }
  const run = (load: () => Promise<void>) => {
    load().catch((failure: unknown) => {
      useApp(pinia).failure = failure
      if (!isCairnError(failure)) reportError(failure) // a fault of this window: say so where developers look
    })
  }
  // Calls answer with the new state as events do; both ways lead through the store.
  let phase: Phase | undefined
  const stop = useApp(pinia).$subscribe(
    () => {
      const before = phase
      phase = useApp(pinia).state?.phase
      if (before !== phase) whenOpened(before)
    },
    { flush: 'sync' },
  )
  const end = bridge.subscribe({
    event(event) {
      if (loading > 0) queue.push(event)
      else applyEvent(event, pinia)
    },
    link(link: Link) {
      const app = useApp(pinia)
      app.link = link
      if (link !== 'up') return
      queue = []
      app.failure = null
      run(async () => {
        const wasOpen = app.state?.phase === 'open'
        await during(async () => void (await Promise.all([app.load(), useProfiles(pinia).load()])))
        if (wasOpen && app.state?.phase === 'open') await during(() => loadAll(pinia))
      })
    },
  })
  return () => {
    stop()
    end()
  }
}

/** The list by itself: nine calls at once cost a window 30 ms before the first is answered. Without a list, what else there is decides what is shown. */
async function loadAll(pinia: Pinia): Promise<void> {
  const conversations = useConversations(pinia)
  const top = await conversations.loadTop()
  const others = loadOthers(pinia)
  if (top.length === 0) await others
  await Promise.all([others, conversations.loadRest(top)])
}

async function loadOthers(pinia: Pinia): Promise<void> {
  const open = useUi(pinia).conversationId
  await Promise.all([
    useInvites(pinia).load(),
    useRequests(pinia).load(),
    useAccount(pinia).load(),
    useCodes(pinia).load(),
    useIntroductions(pinia).load(),
    useNetwork(pinia).load(),
    useLan(pinia).load(),
    useSettings(pinia).load(),
    useResetAll(pinia).load(),
    open === null ? null : useMessages(pinia).open(open),
  ])
}

/** After locking nothing of the profile stays in this window's memory. */
function forget(pinia: Pinia): void {
  const lists = [useConversations(pinia), useInvites(pinia), useRequests(pinia), useMessages(pinia), useTalk(pinia), useContacts(pinia)]
  const own = [useAccount(pinia), useCodes(pinia), useSearch(pinia), useFiles(pinia), useGroups(pinia), useIntroductions(pinia)]
  for (const store of [...lists, ...own, useNetwork(pinia), useLan(pinia), useSettings(pinia), useResetAll(pinia), useUi(pinia)])
    store.$reset()
}

export function applyEvent(event: AppEvent, pinia: Pinia): void {
  switch (event.type) {
    case 'app':
      return useApp(pinia).apply(event.state)
    case 'network':
      return useNetwork(pinia).apply(event.network)
    case 'lan':
      return useLan(pinia).apply(event.lan)
    case 'conversation':
      return useConversations(pinia).apply(event.conversation)
    case 'conversationRemoved':
      return removeConversation(event.id, pinia)
    case 'item':
      announce(event, pinia)
      useTalk(pinia).apply(event.item)
      return useMessages(pinia).apply(event.item)
    case 'file':
      return useMessages(pinia).applyFile(event)
    case 'itemsRemoved':
      useSearch(pinia).remove(event.conversationId, event.ids)
      useTalk(pinia).gone(event.conversationId, event.ids)
      return useMessages(pinia).remove(event.conversationId, event.ids)
    case 'typing':
      return useConversations(pinia).setTyping(event.conversationId, event.until, event.author)
    case 'groupChanged':
      return void useGroups(pinia).changed(event.id)
    case 'introductions':
      return useIntroductions(pinia).apply(event.introductions)
    case 'invite':
      return applyInvite(event, pinia)
    case 'requests':
      return useRequests(pinia).apply(event.requests)
    case 'account':
      return useAccount(pinia).apply(event.account)
    case 'codes':
      return useCodes(pinia).apply(event.codes)
    case 'opened':
      return useDesktop(pinia).opened()
    case 'appearance':
      return void useAppearance(pinia).apply(event.appearance)
    case 'profiles':
      return useProfiles(pinia).apply(event.profiles)
    case 'settings':
      return useSettings(pinia).apply(event.settings)
    case 'resetAll':
      return useResetAll(pinia).apply(event.resetAll)
  }
}

function removeConversation(id: string, pinia: Pinia): void {
  const ui = useUi(pinia)
  useConversations(pinia).remove(id)
  if (ui.conversationId === id) ui.select(null)
}

/** An open invite that somebody answered becomes a conversation: whoever looks at the one goes on looking at the other. */
function applyInvite({ invite }: Extract<AppEvent, { type: 'invite' }>, pinia: Pinia): void {
  const ui = useUi(pinia)
  useInvites(pinia).apply(invite)
  if (invite.contactId !== null && ui.selected?.kind === 'invite' && ui.selected.id === invite.id)
    ui.select({ kind: 'conversation', id: invite.contactId })
}

function announce({ item }: Extract<AppEvent, { type: 'item' }>, pinia: Pinia): void {
  if (item.kind !== 'text' || item.own) return
  const known = useMessages(pinia).logs[item.conversationId]?.items.some(({ id }) => id === item.id)
  const { name, mutedUntil } = useConversations(pinia).byId[item.conversationId] ?? {}
  const quiet = mutedUntil !== null && useUi(pinia).conversationId !== item.conversationId
  if (known || quiet || name === undefined) return
  const said = messageWords(item)
  useUi(pinia).announce(
    item.author ? words.groups.announce(firstName(item.author.name), name, said) : words.chat.announce(firstName(name), said),
  )
}
