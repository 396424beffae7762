/** Files as windows send and see them, over whole apps. */
import { createHash, randomBytes } from 'node:crypto'
import type { Input } from '#shared/contract/contract.ts'
import { limits } from '#shared/contract/limits.ts'
import type { MessageFile, TextMessage } from '#shared/contract/itemModels.ts'
import { eventually } from './eventually.ts'
import { newMessageId } from './messageId.ts'
import type { TestApp } from './testApp.ts'

export type Caller = Pick<TestApp, 'call'>

interface Handed extends Omit<Input<'files.begin'>, 'size'> {
  bytes: Uint8Array
}

/** In pieces, as a window does it. */
export async function handOver({ call }: Caller, { bytes, ...about }: Handed, piece: number = limits.filePieceBytes): Promise<string> {
  const { fileId } = await call('files.begin', { ...about, size: bytes.length })
  for (let offset = 0; offset < bytes.length; offset += piece) {
    const data = Buffer.from(bytes.subarray(offset, offset + piece)).toString('base64')
    await call('files.append', { fileId, offset, data })
  }
  return fileId
}

export async function sendFile(app: Caller, to: string, file: Partial<Handed> & { bytes: Uint8Array }, text = ''): Promise<TextMessage> {
  const fileId = await handOver(app, { name: 'notes.bin', type: 'application/octet-stream', ...file })
  return app.call('files.send', { id: to, messageId: newMessageId(Date.now()), fileId, text })
}

/** Messages with files, oldest first. */
export const withFiles = async (app: TestApp, of: string): Promise<(TextMessage & { file: MessageFile })[]> =>
  (await app.items(of)).flatMap((item) => (item.kind === 'text' && item.file !== null ? [{ ...item, file: item.file }] : []))

/** The newest file of a conversation, once it is so. */
export async function untilFile(
  app: TestApp,
  of: string,
  isRight: (file: MessageFile) => boolean,
  deadlineMs = 60_000,
): Promise<TextMessage & { file: MessageFile }> {
  const found = await eventually(
    `${app.name} has the file`,
    async () => (await withFiles(app, of)).at(-1),
    (message) => message !== undefined && isRight(message.file),
    deadlineMs,
  )
  return found as TextMessage & { file: MessageFile }
}

export const isHere = ({ state }: MessageFile): boolean => state === 'here'

/** Hex of SHA-256 over all that the host would serve; null where it serves nothing. */
export async function digestOf({ app }: Pick<TestApp, 'app'>, file: string): Promise<string | null> {
  const opened = app.file(file, 'whole')
  if (!opened) return null
  const hash = createHash('sha256')
  for await (const chunk of opened.read(0, opened.size)) hash.update(chunk)
  return hash.digest('hex')
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Bytes that look like nothing, or like `seed`. */
export const someBytes = (length: number): Uint8Array => new Uint8Array(randomBytes(length))
