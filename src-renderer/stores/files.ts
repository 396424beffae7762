import { defineStore } from 'pinia'
import type { Mention } from '#shared/contract/itemModels.ts'
import { limits } from '#shared/contract/limits.ts'
import type { TextMessage } from '#shared/contract/itemModels.ts'
import { CairnError } from '#shared/errors.ts'
import { fileDanger, fileKind, plainType, shownFileName, type FileDanger, type FileKind } from '#shared/files.ts'
import { cleanPicture } from '../composables/cleanPictures.ts'
import { toBase64 } from '../lib/base64.ts'
import { newId } from '../lib/uuid.ts'

/** A file in the tray above the composer. Its bytes are handed over while the person still writes. */
export interface Waiting {
  key: number
  name: string
  size: number
  kind: FileKind
  danger: FileDanger | null
  /** A `data:` address. */
  thumb: string | null
  /** What is written in it stays in it. */
  metadata: boolean
  fileId: string | null
  /** Bytes handed over. */
  done: number
  error: unknown
}

interface State {
  trays: Record<string, Waiting[]>
  /** Conversations whose tray is on its way. */
  sending: Record<string, true>
}

interface Content {
  blob: Blob
  preview: Uint8Array | null
  width: number | null
  height: number | null
  seconds: number | null
}

/** Cleaned by being drawn anew. */
const redrawn: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/webp'])
const plain = (blob: Blob, seconds: number | null): Content => ({ blob, preview: null, width: null, height: null, seconds })
/** What is being handed over, until it is. */
const handing = new Map<number, Promise<void>>()
let nextKey = 1

export const useFiles = defineStore('files', {
  state: (): State => ({ trays: {}, sending: {} }),
  actions: {
    /** Puts files into the tray and begins to hand them over. */
    add(conversationId: string, chosen: readonly File[]) {
      for (const file of chosen) {
        const waiting = this.put(conversationId, file, null)
        const work = this.prepare(waiting, file).catch((error: unknown) => void (waiting.error = error))
        handing.set(
          waiting.key,
          work.finally(() => handing.delete(waiting.key)),
        )
      }
    },
    put(conversationId: string, file: File, seconds: number | null): Waiting {
      const type = plainType(file.type)
      const waiting: Waiting = {
        ...{
          key: nextKey++,
          name: shownFileName(file.name),
          size: file.size,
          kind: fileKind(type, seconds),
          danger: fileDanger(file.name),
        },
        ...{ thumb: null, metadata: file.type.startsWith('image/') && !redrawn.has(type), fileId: null, done: 0, error: null },
      }
      this.trays[conversationId] = [...(this.trays[conversationId] ?? []), waiting]
      return this.trays[conversationId].at(-1) ?? waiting // as the store has it: what changes is seen
    },
    async prepare(waiting: Waiting, file: File) {
      if (file.size > limits.fileBytes) throw new CairnError('file.too-large')
      const content = await contentOf(waiting, file)
      waiting.size = content.blob.size
      await this.handOver(waiting, file, content)
    },
    async handOver(waiting: Waiting, file: File, { blob, preview, width, height, seconds }: Content) {
      const small = preview && toBase64(preview)
      if (small) waiting.thumb = `data:image/webp;base64,${small}`
      const about = { name: file.name.slice(0, limits.fileNameChars) || 'file', type: blob.type.slice(0, limits.fileTypeChars) }
      const { fileId } = await this.api['files.begin']({ ...about, size: blob.size, preview: small, width, height, seconds })
      waiting.fileId = fileId
      for (let offset = 0; offset < blob.size; offset += limits.filePieceBytes) {
        const piece = new Uint8Array(await blob.slice(offset, offset + limits.filePieceBytes).arrayBuffer())
        await this.api['files.append']({ fileId, offset, data: toBase64(piece) })
        waiting.done = offset + piece.length
      }
    },
    async remove(conversationId: string, key: number) {
      const waiting = this.trays[conversationId]?.find((one) => one.key === key)
      this.trays[conversationId] = (this.trays[conversationId] ?? []).filter((one) => one.key !== key)
      if (waiting && waiting.fileId !== null) await this.api['files.discard']({ fileId: waiting.fileId })
    },
    /** Everything in the tray, in order; the text goes with the first. What fails stays, and says why. */
    async send(conversationId: string, text: string, replyTo: string | null = null, mentions: Mention[] = []) {
      if (this.sending[conversationId]) return
      this.sending[conversationId] = true
      let about = { text, replyTo, mentions }
      try {
        for (const { key } of [...(this.trays[conversationId] ?? [])]) {
          await handing.get(key)
          const waiting = this.trays[conversationId]?.find((one) => one.key === key)
          if (!waiting || waiting.error !== null || waiting.fileId === null) continue
          await this.sendOne(conversationId, waiting.fileId, about)
          this.trays[conversationId] = (this.trays[conversationId] ?? []).filter((one) => one.key !== key)
          about = { text: '', replyTo: null, mentions: [] }
        }
      } finally {
        delete this.sending[conversationId]
      }
    },
    async sendOne(conversationId: string, fileId: string, about: { text: string; replyTo: string | null; mentions: Mention[] }) {
      const messageId = newId()
      await this.api['files.send']({ id: conversationId, messageId, fileId, ...about })
    },
    async sendVoice(conversationId: string, note: File, seconds: number) {
      const waiting = this.put(conversationId, note, seconds)
      try {
        await this.handOver(waiting, note, plain(note, seconds))
        if (waiting.fileId !== null) await this.sendOne(conversationId, waiting.fileId, { text: '', replyTo: null, mentions: [] })
      } finally {
        this.trays[conversationId] = (this.trays[conversationId] ?? []).filter(({ key }) => key !== waiting.key)
      }
    },
    async fetch({ conversationId, id }: TextMessage) {
      await this.api['files.fetch']({ id: conversationId, messageId: id })
    },
    /** An own file is taken back with its message, unless it is one that comes back. */
    async cancel({ conversationId, id, own, file }: TextMessage) {
      if (own && file?.state !== 'receiving') await this.api['conversations.delete']({ id: conversationId, messageIds: [id], for: 'both' })
      else await this.api['files.stop']({ id: conversationId, messageId: id })
    },
    list(conversationId: string, kind: FileKind, before?: number) {
      return this.api['files.list']({ id: conversationId, kind, limit: 60, ...(before === undefined ? {} : { before }) })
    },
  },
})

/** A picture is drawn anew; one of a kind that cannot be is looked at, if it can be, and goes as it is. */
async function contentOf(waiting: Waiting, file: File): Promise<Content> {
  if (waiting.kind !== 'picture') return plain(file, null)
  const isRedrawn = redrawn.has(plainType(file.type))
  const { picture, preview, width, height } = await cleanPicture(file, !isRedrawn)
  return { blob: picture ?? file, preview, width, height, seconds: null }
}
