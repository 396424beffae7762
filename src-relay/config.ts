/** Settings from a file, the environment and flags; each goes before the one named first. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { adminActions, isAdminAction, type AdminAction } from './admin.ts'
import { environmentName, isSettingName, SettingError, settingNames, settings } from './settings.ts'
import type { SettingName, Settings } from './settings.ts'

export interface Config {
  settings: Settings
  command: 'run' | 'doctor' | 'registry' | 'admin' | 'help'
  /** Of the command registry: what to do, and with the files of which folder. */
  registry: { action: 'export' | 'import'; dir: string } | null
  /** Of the command admin; without a target an empty one. */
  admin: { action: AdminAction; target: string } | null
  /** The file it was read from. */
  file: string | null
}

type Raw = Partial<Record<SettingName, string | number | boolean>>

const fileLimit = 64 * 1024
const fileFlag = 'config'

/** Throws `SettingError` in words, naming what is wrong and where. */
export const readConfig = (args: string[], environment: NodeJS.ProcessEnv): Config => {
  const { flags, command, registry, admin, file: flaggedFile } = fromFlags(args)
  const file = flaggedFile ?? environment[environmentName(fileFlag)] ?? null
  const layers: [where: (name: string) => string, raw: Raw][] = [
    [(name) => `"${name}" in ${file ?? ''}`, command === 'help' || file === null ? {} : fromFile(file)],
    [environmentName, command === 'help' ? {} : fromEnvironment(environment)],
    [(name) => `--${name}`, flags],
  ]
  const read: Record<string, unknown> = {}
  for (const name of settingNames) read[name] = settings[name].otherwise
  for (const [where, raw] of layers) {
    for (const [name, value] of Object.entries(raw)) read[name] = readOne(name as SettingName, value, where(name))
  }
  const all = read as Settings
  checkTogether(all)
  return { settings: all, command, registry, admin, file }
}

const readOne = (name: SettingName, value: string | number | boolean, where: string): unknown => {
  try {
    return settings[name].read(value)
  } catch (error) {
    if (error instanceof SettingError) throw new SettingError(`${where} ${error.message}`)
    throw error
  }
}

const fromFlags = (args: string[]): Omit<Config, 'settings'> & { flags: Raw } => {
  const options: Record<string, { type: 'string' | 'boolean' }> = { help: { type: 'boolean' }, [fileFlag]: { type: 'string' } }
  for (const name of settingNames) options[name] = { type: settings[name].value === null ? 'boolean' : 'string' }
  const { values, positionals } = parsedArgs(args, options)
  const { help, [fileFlag]: file, ...flags } = values
  const { command, ...about } = commandOf(positionals)
  return { flags: flags, command: help === true ? 'help' : command, ...about, file: typeof file === 'string' ? file : null }
}

const commandOf = (words: string[]): Pick<Config, 'command' | 'registry' | 'admin'> => {
  const [command = 'run', action = '', target = '', ...more] = words
  const about = { command: command as Config['command'], registry: null, admin: null }
  if ((command === 'run' || command === 'doctor') && action === '') return about
  if (command === 'registry' && (action === 'export' || action === 'import') && target !== '' && more.length === 0)
    return { ...about, registry: { action, dir: target } }
  if (command === 'admin' && action === 'quota') return { ...about, admin: { action, target: words.slice(2).join(' ') } }
  if (command === 'admin' && isAdminAction(action) && (target === '') === (adminActions[action] === null) && more.length === 0)
    return { ...about, admin: { action, target } }
  const admin = Object.entries(adminActions).map(([name, wants]) => `admin ${name}${wants === null ? '' : ` ${wants}`}`)
  const known = ['doctor', 'registry export DIR', 'registry import DIR', ...admin].join(', ')
  throw new SettingError(`knows no command ${words.join(' ')}; it is ${known}, or none`)
}

const parsedArgs = (args: string[], options: Record<string, { type: 'string' | 'boolean' }>) => {
  try {
    return parseArgs({ args, options, allowPositionals: true, allowNegative: true })
  } catch (error) {
    throw new SettingError(error instanceof Error ? error.message : 'bad arguments')
  }
}

const fromEnvironment = (environment: NodeJS.ProcessEnv): Raw => {
  const byVariable = new Map(settingNames.map((name) => [environmentName(name), name]))
  const raw: Raw = {}
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith(environmentName('')) || variable === environmentName(fileFlag) || value === undefined) continue
    const name = byVariable.get(variable)
    if (name === undefined) throw new SettingError(`${variable} in the environment is no setting`)
    raw[name] = value
  }
  return raw
}

const fromFile = (path: string): Raw => {
  const json = parsedJson(path)
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new SettingError(`${path} is not an object of settings`)
  const raw: Raw = {}
  for (const [name, value] of Object.entries(json)) {
    if (!isSettingName(name)) throw new SettingError(`"${name}" in ${path} is no setting`)
    if (!['string', 'number', 'boolean'].includes(typeof value))
      throw new SettingError(`"${name}" in ${path} is neither text, number nor boolean`)
    raw[name] = value as string | number | boolean
  }
  return raw
}

const parsedJson = (path: string): unknown => {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new SettingError(`cannot read ${path} (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'})`)
  }
  if (text.length > fileLimit) throw new SettingError(`${path} is too long for settings`)
  try {
    return JSON.parse(text)
  } catch {
    throw new SettingError(`${path} is not JSON`) // the parser's message may quote a token
  }
}

const checkTogether = (all: Settings): void => {
  if (all.role === 'keyserver' && (all['server-url'] === null || all['keyserver-token'] === null))
    throw new SettingError('role keyserver needs server-url and keyserver-token')
  if ((all['tls-cert'] === null) !== (all['tls-key'] === null)) throw new SettingError('tls-cert and tls-key go together')
  if (all['tls-self-signed'] && all['tls-cert'] !== null) throw new SettingError('tls-self-signed and tls-cert exclude one another')
  if (all['tls-self-signed'] && all.data === ':memory:') throw new SettingError('tls-self-signed needs a data folder to keep its key in')
}

export const usage = (): string => {
  const shown = (name: SettingName): string => `--${name}${settings[name].value === null ? '' : ` ${settings[name].value}`}`
  const width = Math.max(...settingNames.map((name) => shown(name).length)) + 2
  const line = (left: string, right: string): string => `  ${left.padEnd(width)}${right}\n`
  return [
    'usage: relay [settings]          runs the relay\n',
    '       relay doctor [settings]   looks whether it could run well, and says what it found\n',
    '       relay registry export DIR [settings]   writes the registered devices into DIR; import DIR adds them; with the relay stopped\n',
    `       relay admin list | invite | revoke CODE | revoke-device CLIENT_ID | purge CODE | quota [device CLIENT_ID | user CODE  FACTOR | off | default] | compact | backup FILE; with the relay stopped, but for invite\n\n`,
    ...settingNames.map((name) => line(shown(name), settings[name].help)),
    line(`--${fileFlag} FILE`, 'settings from a JSON file: {"listen": "0.0.0.0:7443", "tls-self-signed": true}'),
    line('--help', 'prints this'),
    '\nEach setting can stand in the file under the name it has here, in the environment (CAIRN_RELAY_TLS_CERT for --tls-cert),\n',
    'or be a flag (--no-tls-self-signed switches off). A flag goes before the environment, the environment before the file.\n',
    'docs/relay.md says more.\n',
  ].join('')
}
