/** The certificate that a relay shows, its pin, and the files it lies in. */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { CairnError } from '#shared/errors.ts'

export interface Tls {
  /** PEM. */
  cert: string
  key: string
  /** As it stands in an address: base64url of the SHA-256 of the SubjectPublicKeyInfo. */
  pin: string
}

/** Both in one file: a certificate and a key that do not go together cannot come about by a crash. */
const ownFile = 'tls.pem'

const pinOf = (certificate: X509Certificate): string =>
  createHash('sha256')
    .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url')

/** PEM texts to what a listener needs. Throws `relay.refused` with what is wrong as `what`: `certificate`, `key` or `key-differs`. */
export const tlsOf = (cert: string, key: string): Tls => {
  const certificate = parsed('certificate', () => new X509Certificate(cert))
  const privateKey = parsed('key', () => createPrivateKey(key))
  if (!certificate.checkPrivateKey(privateKey)) throw new CairnError('relay.refused', { details: { what: 'key-differs' } })
  return { cert, key, pin: pinOf(certificate) }
}

const parsed = <T>(what: string, parse: () => T): T => {
  try {
    return parse()
  } catch (cause) {
    throw new CairnError('relay.refused', { cause, details: { what } })
  }
}

const readText = (path: string, what: string): string => parsed(what, () => readFileSync(path, 'utf8'))

/** Throws as `tlsOf`, also for files that cannot be read. */
export const readTls = ({ certPath, keyPath }: { certPath: string; keyPath: string }): Tls =>
  tlsOf(readText(certPath, 'certificate'), readText(keyPath, 'key'))

/** Where `ownTls` keeps it. */
export const ownTlsPath = (dir: string): string => join(dir, ownFile)

/** The certificate of the relay's own making: the one in `dir`, made at the first time. Throws as `tlsOf` for a damaged file. */
export const ownTls = async (dir: string, now: number): Promise<Tls> => {
  const path = ownTlsPath(dir)
  if (!existsSync(path)) {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    const { makeSelfSigned } = await import('./selfSigned.ts') // once in the life of a relay: others need not load it
    const { cert, key } = makeSelfSigned(now)
    writeDurably(dir, path, `${key}${cert}`)
  }
  const both = readText(path, 'certificate')
  return tlsOf(both, both)
}

/** Readable by its owner alone, and there whole or not at all. */
const writeDurably = (dir: string, path: string, text: string): void => {
  const file = openSync(`${path}.new`, 'w', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.new`, path)
  if (process.platform === 'win32') return // no folder can be opened there
  const folder = openSync(dir, 'r')
  fsyncSync(folder)
  closeSync(folder)
}
