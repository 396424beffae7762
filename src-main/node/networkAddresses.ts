/** The addresses by which other computers may reach this one, of those that its network interfaces have. */
import { networkInterfaces } from 'node:os'
import type { NetworkInterfaceInfo } from 'node:os'

/** Link-local IPv6 addresses need a zone that differs on each computer, and link-local IPv4 ones come and go. */
const isUsable = ({ internal, family, address }: NetworkInterfaceInfo): boolean => {
  if (internal) return false
  return family === 'IPv4' ? !address.startsWith('169.254.') : !/^fe[89ab]/i.test(address)
}

/** IPv4 first; each once. */
export const networkAddresses = (interfaces: () => NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces): string[] => {
  const usable = Object.values(interfaces()).flatMap((list) => (list ?? []).filter(isUsable))
  const of = (family: 'IPv4' | 'IPv6') => usable.filter((one) => one.family === family).map(({ address }) => address)
  return [...new Set([...of('IPv4'), ...of('IPv6')])]
}
