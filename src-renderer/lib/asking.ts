import type { Codes } from '#shared/contract/accountModels.ts'
import type { Introduction, Requests } from '#shared/contract/inviteModels.ts'

/** Everybody who asks to connect, by the public address, by the code or by an introduction; newest first. */
export interface Asking {
  list: { name: string; at: number }[]
  /** More wait at the relay. */
  more: boolean
}

export function whoAsks(requests: Requests, codes: Codes, introductions: readonly Introduction[]): Asking {
  const byCode = codes.requests.map(({ name, code, at }) => ({ name: name || code, at }))
  const list = [
    ...requests.list.map(({ name, at }) => ({ name, at })),
    ...byCode,
    ...introductions.map(({ other, at }) => ({ name: other.name, at })),
  ]
  return { list: list.sort((a, b) => b.at - a.at), more: requests.more }
}
