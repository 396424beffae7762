/** Files as the window sees them, and what the scripted app answers about them. */
import type { MessageFile, TextMessage } from '#shared/contract/itemModels.ts'

let next = 0
export const file = (more: Partial<MessageFile> = {}): MessageFile => ({
  ...{ id: (++next).toString(16).padStart(32, '0'), kind: 'file', name: 'Itinerary.pdf', savedName: 'Itinerary.pdf', danger: null },
  ...{ type: 'application/pdf', size: 2_400_000, width: null, height: null, seconds: null, preview: false },
  ...{ state: 'here', error: null, done: 2_400_000, speed: null, relay: null },
  ...more,
})

/** Answers for a window that hands files over; `sent` says what was sent. */
export function fileAnswers(sent: unknown[]) {
  const sizes = new Map<string, number>()
  return {
    'files.begin': () => {
      const fileId = (++next).toString(16).padStart(32, '0')
      sizes.set(fileId, 0)
      return { fileId, offset: 0 }
    },
    'files.append': ({ fileId, offset, data }: { fileId: string; offset: number; data: string }) => {
      sizes.set(fileId, offset + atob(data).length)
      return { fileId, offset: sizes.get(fileId) ?? 0 }
    },
    'files.send': (input: { fileId: string }) => {
      sent.push({ ...input, size: sizes.get(input.fileId) })
      return {} as TextMessage
    },
    'files.discard': () => null,
    'files.fetch': () => file(),
    'files.stop': () => file(),
  }
}
