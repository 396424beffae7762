import { ref } from 'vue'
import type { Conversation } from '#shared/contract/conversationModels.ts'
import type { InvitePreview } from '#shared/contract/inviteModels.ts'
import { relayName } from '../lib/names.ts'
import { isPicture } from '../lib/pictures.ts'
import { readInviteFile } from './files.ts'

type Full = Extract<InvitePreview, { kind: 'full' }>

export type AcceptPhase =
  | { at: 'enter' }
  | { at: 'scan' }
  | { at: 'checking' }
  /** A short invite at a relay this app does not use: nothing is asked there before the person agrees. */
  | { at: 'ask'; relay: string; text: string }
  | { at: 'looking'; relay: string }
  | { at: 'preview'; invite: Full }
  | { at: 'connecting'; invite: Full }

export interface AcceptPorts {
  inspect(text: string): Promise<InvitePreview>
  fetch(text: string): Promise<InvitePreview>
  accept(text: string): Promise<Conversation>
  /** The invite in a picture of its code. */
  readPicture(picture: Blob): Promise<string>
  /** Whether this app already talks to the relay. */
  knowsRelay(address: string): boolean
}

/** What happens to an invite of somebody else, from the paste to the conversation. Each failure leads back to where one can act. */
export function useAccept(ports: AcceptPorts) {
  const phase = ref<AcceptPhase>({ at: 'enter' })
  const error = ref<unknown>(null)
  let round = 0

  /** Runs one step; a step that was overtaken by another changes nothing. */
  async function step(during: AcceptPhase, back: AcceptPhase, work: () => Promise<AcceptPhase>) {
    const mine = ++round
    error.value = null
    phase.value = during
    try {
      const next = await work()
      if (mine === round) phase.value = next
    } catch (failure) {
      if (mine !== round) return
      error.value = failure
      phase.value = back
    }
  }
  const shown = (preview: InvitePreview, text: string): AcceptPhase =>
    preview.kind === 'full' ? { at: 'preview', invite: preview } : { at: 'ask', relay: relayName(preview.relay), text }

  const look = (text: string, relay: string) =>
    step({ at: 'looking', relay: relayName(relay) }, { at: 'enter' }, async () => shown(await ports.fetch(text), text))

  async function check(text: string) {
    let known: string | null = null
    await step({ at: 'checking' }, { at: 'enter' }, async () => {
      const preview = await ports.inspect(text)
      if (preview.kind === 'short' && ports.knowsRelay(preview.relay)) known = preview.relay
      return shown(preview, text)
    })
    if (known !== null && phase.value.at === 'ask') await look(text, known)
  }
  async function checkFile(file: Blob) {
    let text: string | undefined
    await step({ at: 'checking' }, { at: 'enter' }, async () => {
      text = (await isPicture(file)) ? await ports.readPicture(file) : await readInviteFile(file)
      return { at: 'checking' }
    })
    if (text !== undefined && error.value === null) await check(text)
  }
  async function connect(invite: Full): Promise<Conversation | null> {
    let conversation: Conversation | null = null
    await step({ at: 'connecting', invite }, { at: 'preview', invite }, async () => {
      conversation = await ports.accept(invite.text)
      return { at: 'enter' }
    })
    return conversation
  }
  function go(to: AcceptPhase) {
    round++
    error.value = null
    phase.value = to
  }
  const restart = () => go({ at: 'enter' })
  const scan = () => go({ at: 'scan' })
  return { phase, error, check, checkFile, scan, look, connect, restart }
}
