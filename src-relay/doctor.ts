/** `relay doctor`: looks at what a relay with these settings would need, and says in plain words what it found. */
import { randomBytes, X509Certificate } from 'node:crypto'
import { accessSync, closeSync, constants, existsSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { isCairnError } from '#shared/errors.ts'
import { ownTlsPath, readTls } from './certificate.ts'
import { defaultStorageLimits } from './limits.ts'
import type { Endpoint, Settings } from './settings.ts'
import { inspectDatabase } from './storage/inspect.ts'

type Finding = readonly [rank: 'ok' | 'note' | 'wrong', words: string]

export interface Examination {
  lines: string[]
  isWell: boolean
}

const day = 24 * 3600 * 1000
/** No computer of ours was set up before this page was written. */
const earliestTime = Date.UTC(2026, 0, 1)
const soon = 21 * day
const marks = { ok: 'ok    ', note: 'note  ', wrong: 'WRONG ' } as const

export const examine = async (settings: Settings, now: number = Date.now()): Promise<Examination> => {
  const folder = settings.data === ':memory:' ? null : resolve(settings.data)
  const findings: Finding[] = [
    ...(await lookAtPort(settings)),
    ...lookAtCertificate(settings, now),
    ...lookAtClock(folder, now),
    ...(folder === null ? [['note', 'Nothing is kept: the data folder is ":memory:".'] as const] : lookAtDisk(folder, settings, now)),
  ]
  const wrong = findings.filter(([rank]) => rank === 'wrong').length
  const verdict = wrong === 0 ? 'Nothing is wrong.' : wrong === 1 ? 'One thing is wrong.' : `${wrong} things are wrong.`
  return { lines: [...findings.map(([rank, words]) => `${marks[rank]}${words}`), verdict], isWell: wrong === 0 }
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown')
const endpointText = ({ host, port }: Endpoint): string => `${host.includes(':') ? `[${host}]` : host}:${port}`

const lookAtPort = async (settings: Settings): Promise<Finding[]> => {
  const where = endpointText(settings.listen)
  const code = await tryToListen(settings.listen)
  const isLoopback = /^(127\.|::1$|localhost$)/.test(settings.listen.host)
  const reach: Finding[] = isLoopback
    ? [['note', `Only this computer reaches ${settings.listen.host}. That is right behind a proxy; otherwise listen on 0.0.0.0 or [::].`]]
    : []
  if (code === null) return [['ok', `Port ${where} is free.`], ...reach]
  if (code === 'EACCES')
    return [['wrong', `Port ${where} is not open to this user. Ports below 1024 need a privilege; choose a higher one.`]]
  if (code !== 'EADDRINUSE') return [['wrong', `${where} cannot be listened on (${code}). Is it an address of this computer?`]]
  const isRelay = await asksAsRelay(settings)
  return isRelay
    ? [['ok', `A Cairn relay runs on ${where} and says that it is well.`], ...reach]
    : [['wrong', `Port ${where} is taken by another program, or by a relay that is not well.`]]
}

const tryToListen = ({ host, port }: Endpoint): Promise<string | null> =>
  new Promise((done) => {
    const server = createServer()
    server.once('error', (error) => done(codeOf(error)))
    server.listen({ host, port }, () => server.close(() => done(null)))
  })

const asksAsRelay = (settings: Settings): Promise<boolean> =>
  new Promise((done) => {
    const { host, port } = settings.listen
    const near = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
    const isTls = settings['tls-self-signed'] || settings['tls-cert'] !== null
    const ask = isTls ? httpsRequest : httpRequest
    const request = ask({ host: near, port, path: '/health', timeout: 3000, rejectUnauthorized: false }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => {
        if (body.length < 1000) body += chunk.toString()
      })
      response.on('end', () => done(response.statusCode === 200 && body.includes('cairn.1')))
      response.on('error', () => done(false))
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => done(false))
    request.end()
  })

const lookAtCertificate = (settings: Settings, now: number): Finding[] => {
  const files = certificateFiles(settings)
  if (files === null)
    return [['note', 'No TLS: addresses begin with ws://. On the internet put a proxy with TLS in front, or use --tls-self-signed.']]
  const { certPath, keyPath, isOwn } = files
  if (isOwn && !existsSync(certPath))
    return [['ok', 'A certificate will be made at the first start; the address with its pin is printed then.']]
  try {
    const { cert, pin } = readTls({ certPath, keyPath })
    const certificate = new X509Certificate(cert)
    return [
      ['ok', `The certificate and its key go together. Pin: ${pin}`],
      lookAtValidity(certificate, now),
      ...lookAtKeyMode(keyPath),
      ...(isOwn ? [] : lookAtIssuer(certificate, pin)),
    ]
  } catch (error) {
    return [['wrong', certificateWords(error, certPath, keyPath)]]
  }
}

const certificateFiles = (settings: Settings): { certPath: string; keyPath: string; isOwn: boolean } | null => {
  const { 'tls-cert': certPath, 'tls-key': keyPath } = settings
  if (settings['tls-self-signed']) {
    const path = ownTlsPath(resolve(settings.data))
    return { certPath: path, keyPath: path, isOwn: true }
  }
  return certPath === null || keyPath === null ? null : { certPath, keyPath, isOwn: false }
}

const certificateWords = (error: unknown, certPath: string, keyPath: string): string => {
  const what = isCairnError(error) ? error.details['what'] : null
  if (what === 'key-differs') return `The key in ${keyPath} is not that of the certificate in ${certPath}.`
  if (what === 'key') return `The key ${keyPath} cannot be read as PEM.`
  return `The certificate ${certPath} cannot be read as PEM.`
}

const lookAtValidity = ({ validFromDate, validToDate }: X509Certificate, now: number): Finding => {
  const until = validToDate.toISOString().slice(0, 10)
  if (now < validFromDate.getTime())
    return ['wrong', `The certificate is not valid before ${validFromDate.toISOString().slice(0, 10)}. Is the clock right?`]
  if (now > validToDate.getTime()) return ['wrong', `The certificate expired on ${until}. Renew it, then start the relay again.`]
  if (now > validToDate.getTime() - soon) return ['note', `The certificate expires soon, on ${until}.`]
  return ['ok', `The certificate is valid until ${until}.`]
}

const lookAtKeyMode = (path: string): Finding[] =>
  process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0
    ? [['wrong', `Others on this computer can read the key in ${path}. Close it: chmod 600 ${path}`]]
    : [['ok', 'Only its owner can read the key.']]

const lookAtIssuer = (certificate: X509Certificate, pin: string): Finding[] =>
  certificate.checkIssued(certificate)
    ? [['note', `The certificate vouches for itself: hand out the address with #${pin} at its end.`]]
    : []

const lookAtClock = (folder: string | null, now: number): Finding[] => {
  if (now < earliestTime)
    return [['wrong', `The clock says ${new Date(now).toISOString().slice(0, 10)}. Blobs would expire at the wrong time; set it.`]]
  const database = folder === null ? null : join(folder, 'relay.db')
  const written = database !== null && existsSync(database) ? statSync(database).mtimeMs : 0
  if (written > now + 60_000)
    return [['wrong', 'The clock is behind the last time that the database was written. Set it before the relay starts.']]
  return [['ok', `The clock says ${new Date(now).toISOString().slice(0, 16).replace('T', ' ')} UTC.`]]
}

const lookAtDisk = (folder: string, settings: Settings, now: number): Finding[] => {
  try {
    return existsSync(folder)
      ? [tryToWrite(folder), lookAtRoom(folder, settings), ...lookAtDatabase(folder, now)]
      : [lookAtParent(folder), lookAtRoom(nearest(folder), settings)]
  } catch (error) {
    return [['wrong', `The data folder ${folder} cannot be used (${codeOf(error)}).`]]
  }
}

/** It is not made here: whoever examines may be another user than the relay's. */
const lookAtParent = (folder: string): Finding => {
  const parent = nearest(folder)
  try {
    accessSync(parent, constants.W_OK | constants.X_OK)
    return ['ok', `The data folder ${folder} is not there yet; it will be made.`]
  } catch (error) {
    return ['wrong', `The data folder ${folder} is not there, and cannot be made in ${parent} (${codeOf(error)}).`]
  }
}

const nearest = (folder: string): string => (existsSync(folder) || dirname(folder) === folder ? folder : nearest(dirname(folder)))

const tryToWrite = (folder: string): Finding => {
  const path = join(folder, `.doctor-${randomBytes(4).toString('hex')}`)
  const startedAt = performance.now()
  try {
    const file = openSync(path, 'wx', 0o600)
    try {
      writeSync(file, randomBytes(4096))
      fsyncSync(file)
    } finally {
      closeSync(file)
      rmSync(path)
    }
  } catch (error) {
    return ['wrong', `The data folder ${folder} cannot be written (${codeOf(error)}).`]
  }
  return ['ok', `The disk takes a durable write (${Math.max(1, Math.round(performance.now() - startedAt))} ms).`]
}

const gib = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`

const lookAtRoom = (folder: string, settings: Settings): Finding => {
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  const path = join(folder, 'relay.db')
  const used = existsSync(path) ? statSync(path).size : 0
  const wanted = (settings['max-bytes'] ?? defaultStorageLimits.bytes) + defaultStorageLimits.reserveBytes
  if (free < defaultStorageLimits.reserveBytes) return ['wrong', `Only ${gib(free)} are free on the disk. Make room.`]
  if (free + used < wanted)
    return [
      'note',
      `The relay may grow to ${gib(wanted)}, and there is room for ${gib(free + used)}. It refuses what does not fit; or set --max-bytes lower.`,
    ]
  return ['ok', `${gib(free)} are free on the disk.`]
}

const lookAtDatabase = (folder: string, now: number): Finding[] => {
  const found = inspectDatabase(folder)
  switch (found.kind) {
    case 'none':
      return [['ok', 'There is no database yet; it will be made.']]
    case 'in-use':
      return [['note', 'The database is in use by a running relay. Stop it to have the database checked.']]
    case 'newer':
      return [['wrong', 'The database was made by a newer relay. Bring this one up to date.']]
    case 'damaged':
      return [
        [
          'wrong',
          `The database is damaged (${found.detail}). Put it aside and start with a new one: senders send again what was not received.`,
        ],
      ]
    case 'whole':
      if (found.newest > now + 60_000)
        return [['wrong', 'The clock is behind the newest blob in the database. Set it before the relay starts.']]
      return [['ok', `The database is whole; ${found.blobs} blobs wait in it.`]]
  }
}
