/**
 * The one declaration of what the UI may ask. Method types, run-time schemas, the client and the handlers all follow
 * from this value; a wrong input fails at compile time, and by name (`input.invalid`) at run time.
 */
import type * as v from 'valibot'
import { profileMethods } from './methods/profile.ts'
import { networkMethods } from './methods/network.ts'
import { accountMethods } from './methods/account.ts'
import { inviteMethods } from './methods/invite.ts'
import { conversationMethods } from './methods/conversation.ts'
import { groupMethods } from './methods/group.ts'
import { contactMethods } from './methods/contact.ts'

export const contract = {
  ...profileMethods,
  ...networkMethods,
  ...accountMethods,
  ...inviteMethods,
  ...conversationMethods,
  ...groupMethods,
  ...contactMethods,
} as const

export type Contract = typeof contract
export type Method = keyof Contract
export type Input<M extends Method> = v.InferInput<Contract[M]['input']>
export type Parsed<M extends Method> = v.InferOutput<Contract[M]['input']>
export type Result<M extends Method> = Contract[M]['result']

/** Those that concern every profile on this computer. */
export type ProfilesMethod = Extract<Method, `profiles.${string}` | `appearance.${string}`>

/** One handler for each method; the dispatcher parses first, so a handler sees only valid input. */
export type Handlers = { [M in Method]: (input: Parsed<M>) => Result<M> | Promise<Result<M>> }

/** The renderer's view of the same value. */
export type Client = { [M in Method]: (input: Input<M>) => Promise<Result<M>> }
