import type { Codes } from '#shared/contract/accountModels.ts'
import type { Requests } from '#shared/contract/models.ts'

/** Everybody who asks to connect, by the public address or by the code; newest first. */
export interface Asking {
  list: { name: string; at: number }[]
  /** More wait at the relay. */
  more: boolean
}

export function whoAsks(requests: Requests, codes: Codes): Asking {
  const byCode = codes.requests.map(({ name, code, at }) => ({ name: name || code, at }))
  const list = [...requests.list.map(({ name, at }) => ({ name, at })), ...byCode]
  return { list: list.sort((a, b) => b.at - a.at), more: requests.more }
}
