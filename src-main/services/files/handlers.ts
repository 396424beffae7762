import type { Handlers } from '#shared/contract/contract.ts'
import type { Profile } from '../profile.ts'
import { fromBase64 } from './content.ts'

type FilesMethod = Extract<keyof Handlers, `files.${string}`>

/** What windows may ask about files. `opened` throws `profile.locked` where none is open. */
export const filesHandlers = (opened: () => Profile): Pick<Handlers, FilesMethod> => ({
  'files.begin': (about) => opened().files.drafts.begin(about),
  'files.append': ({ fileId, offset, data }) => opened().files.drafts.append(fileId, offset, fromBase64(data)),
  'files.send': async ({ id, fileId, ...text }) => {
    const { core, messages } = opened()
    return core.untilClosed(messages.texts.sendFile(id, fileId, text))
  },
  'files.discard': async ({ fileId }) => {
    await opened().files.drafts.discard(fileId)
    return null
  },
  'files.fetch': ({ id, messageId }) => opened().files.fetch(id, messageId),
  'files.stop': ({ id, messageId }) => opened().files.stop(id, messageId),
  'files.list': (which) => opened().files.list(which),
})
