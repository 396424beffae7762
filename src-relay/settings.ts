/** What an operator can set: one table for flags, environment, file and `--help`. */

import { normalHost } from '#shared/wire/relayAddress.ts'
import type { Role } from './services.ts'

interface Setting<T> {
  /** How the value is shown in `--help`; `null` for a switch, which takes none. */
  value: string | null
  help: string
  /** `null` when it may be left out and nothing stands for it. */
  otherwise: T
  /** From text, or from JSON's own number or boolean. Throws `SettingError`. */
  read(raw: string | number | boolean): T
}

export class SettingError extends Error {
  override readonly name = 'SettingError'
}

const refuse = (wants: string): never => {
  throw new SettingError(wants)
}

const text = (value: string, help: string, otherwise: string): Setting<string> => ({
  value,
  help,
  otherwise,
  read: (raw) => (typeof raw === 'string' && raw !== '' && raw.length <= 4096 ? raw : refuse('wants a text')),
})

const optionalText = (value: string, help: string): Setting<string | null> => ({ ...text(value, help, ''), otherwise: null })

const count = (help: string, otherwise: number | null): Setting<number | null> => ({
  value: 'N',
  help,
  otherwise,
  read: (raw) => (/^[1-9]\d{0,14}$/.test(String(raw)) ? Number(raw) : refuse('wants a positive number')),
})

const onOff = (help: string): Setting<boolean> => ({
  value: null,
  help,
  otherwise: false,
  read: (raw) => {
    if (raw === true || raw === 'true' || raw === '1') return true
    return raw === false || raw === 'false' || raw === '0' ? false : refuse('wants true or false')
  },
})

const roles: readonly Role[] = ['all', 'server', 'keyserver', 'rendezvous']

const levels = ['silent', 'warn', 'info'] as const
export type LogLevel = (typeof levels)[number]

export interface Endpoint {
  host: string
  port: number
}

const endpoint = (help: string, otherwise: Endpoint): Setting<Endpoint> => ({
  value: 'HOST:PORT',
  help,
  otherwise,
  read: (raw) => {
    const match = /^(\[[0-9a-fA-F:.]+\]|[0-9A-Za-z.-]+):(\d{1,5})$/.exec(String(raw))
    const port = Number(match?.[2])
    if (match?.[1] === undefined || port > 65_535) return refuse(`wants HOST:PORT, not ${String(raw)}`)
    return { host: match[1].replace(/^\[|\]$/g, ''), port }
  },
})

export const settings = {
  listen: endpoint('where to accept connections; port 0: any free one', { host: '127.0.0.1', port: 7443 }),
  data: text('DIR', 'folder of the database; ":memory:" keeps nothing', './relay-data'),
  'max-bytes': count('what blobs and their index may take on the disk', null),
  'max-connections': count('connections in all', null),
  'max-connections-per-address': count('connections for each IPv4 address or IPv6 /64', null),
  'unlimited-rates': onOff('for measurements and closed networks: no connection is told to slow down'),
  'tls-self-signed': onOff('TLS with a certificate of its own making, kept in the data folder; its pin is part of the address'),
  'tls-cert': optionalText('FILE', 'TLS with this certificate (PEM, with those between it and its authority)'),
  'tls-key': optionalText('FILE', 'the key of --tls-cert (PEM)'),
  'public-host': {
    ...optionalText('NAME', 'the name or IP address in the address that is printed, where others reach it by another than --listen'),
    read: (raw) => normalHost(String(raw)) ?? normalHost(`[${String(raw)}]`) ?? refuse('wants a name or an IP address'),
  } satisfies Setting<string | null> as Setting<string | null>,
  'trust-proxy': onOff('connections come through a proxy that says in X-Forwarded-For where from'),
  'metrics-token': optionalText('TOKEN', 'who shows it reads /metrics; without one only this computer may'),
  role: {
    value: 'ROLE',
    help: 'rendezvous (nothing else), server (and directory, registration, accounts), keyserver (keys and backups of another server’s accounts), all',
    otherwise: 'all',
    read: (raw) => roles.find((role) => role === raw) ?? refuse(`wants one of ${roles.join(', ')}`),
  } satisfies Setting<Role> as Setting<Role>,
  'server-url': optionalText('URL', 'keyserver: where its server is'),
  'keyserver-token': optionalText('TOKEN', 'server and keyserver: the secret they know each other by'),
  'master-key': optionalText('FILE', 'the key that encrypts secrets in the database; made in the data folder if left out'),
  'invite-only': onOff('only who has an invitation (admin invite) becomes a user of the directory; rendezvous asks nobody'),
  compat: {
    value: 'NAME',
    help: 'omni: serve also clients that encrypt without a session',
    otherwise: null,
    read: (raw) => (raw === 'omni' ? raw : refuse('wants omni')),
  } satisfies Setting<'omni' | null> as Setting<'omni' | null>,
  'log-level': {
    value: 'LEVEL',
    help: 'silent, warn (trouble only) or info',
    otherwise: 'warn',
    read: (raw) => levels.find((level) => level === raw) ?? refuse(`wants one of ${levels.join(', ')}`),
  } satisfies Setting<LogLevel> as Setting<LogLevel>,
}

export type SettingName = keyof typeof settings
export type Settings = { [N in SettingName]: (typeof settings)[N]['otherwise'] }

export const settingNames = Object.keys(settings) as SettingName[]
export const isSettingName = (name: string): name is SettingName => Object.hasOwn(settings, name)

/** `tls-cert` is CAIRN_RELAY_TLS_CERT. */
export const environmentName = (name: string): string => `CAIRN_RELAY_${name.toUpperCase().replaceAll('-', '_')}`
