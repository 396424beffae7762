import { defineStore } from 'pinia'
import { limits } from '#shared/contract/limits.ts'
import { isCairnError } from '#shared/errors.ts'
import { useApp } from './app.ts'

/** A little less than the most, in whole groups of three bytes, so that pieces join without padding between them. */
const pieceBytes = 3 * Math.floor(limits.importPieceBytes / 6)

interface State {
  /** Handed over and kept there for another passphrase. */
  held: { id: string; file: File } | null
  /** 0 to 100 while the file is handed over. */
  percent: number | null
}

/** A profile file on its way into the app. */
export const useImporting = defineStore('importing', {
  state: (): State => ({ held: null, percent: null }),
  actions: {
    /** Errors: `import.*`, `keystore.*`, `profile.wait`; after a wrong passphrase the same file need not be handed over again. */
    async bring(file: File, passphrase: string) {
      const { id } = this.held?.file === file ? this.held : await this.handOver(file)
      try {
        useApp().apply(await this.api['import.finish']({ id, passphrase }))
        this.held = null
      } catch (error) {
        if (!isCairnError(error, 'import.wrong-passphrase') && !isCairnError(error, 'profile.wait')) this.held = null
        throw error
      }
    },
    async handOver(file: File): Promise<{ id: string }> {
      this.held = null
      try {
        const { id } = await this.api['import.begin']({ size: file.size })
        for (let offset = 0; offset < file.size; offset += pieceBytes) {
          this.percent = Math.floor((100 * offset) / file.size)
          await this.api['import.append']({ id, offset, data: await base64Of(file.slice(offset, offset + pieceBytes)) })
        }
        this.held = { id, file }
        return { id }
      } finally {
        this.percent = null
      }
    },
    /** Nothing of it stays there. */
    async forget() {
      const { id } = this.held ?? {}
      this.held = null
      if (id !== undefined) await this.api['import.cancel']({ id })
    },
  },
})

/** A browser's own coder works on addresses; what stands before the comma is its type. */
function base64Of(piece: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve((reader.result as string).split(',')[1] ?? '')
    reader.onerror = () => reject(reader.error ?? new Error('unreadable'))
    reader.readAsDataURL(piece)
  })
}
