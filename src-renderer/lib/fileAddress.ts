import type { MessageFile } from '#shared/contract/itemModels.ts'

type Named = Pick<MessageFile, 'id'>

/** Where the host has a file's bytes: to be saved. */
export const fileAddress = ({ id }: Named): string => `/file/${id}`
/** The same to be shown or played; the host refuses that to everything but pictures and sounds. */
export const inlineAddress = ({ id }: Named): string => `/file/${id}?inline`
export const previewAddress = ({ id }: Named): string => `/file/${id}/preview?inline`

/** Whether its bytes can be read here. */
export const isReadable = ({ state }: Pick<MessageFile, 'state'>): boolean => ['here', 'sending', 'sent'].includes(state)
