/** Connections for each network address. IPv6 counts by /64: that is what one customer gets. Held while connected, never logged. */
export interface AddressCounts {
  count(address: string): number
  /** Counts one more; the answer takes it back, once. */
  add(address: string): () => void
}

export const addressGroup = (address: string): string => {
  const bare = address.replace(/^::ffff:/i, '')
  if (!bare.includes(':')) return bare
  const [head = '', tail] = bare.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}

export const createAddressCounts = (): AddressCounts => {
  const counts = new Map<string, number>()
  const change = (group: string, by: number): void => {
    const next = (counts.get(group) ?? 0) + by
    if (next <= 0) counts.delete(group)
    else counts.set(group, next)
  }
  return {
    count: (address) => counts.get(addressGroup(address)) ?? 0,
    add: (address) => {
      const group = addressGroup(address)
      let isReleased = false
      change(group, 1)
      return () => {
        if (!isReleased) change(group, -1)
        isReleased = true
      }
    },
  }
}
