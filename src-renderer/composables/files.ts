import type { FileOut } from '#shared/contract/appModels.ts'
import { limits } from '#shared/contract/limits.ts'
import { CairnError } from '#shared/errors.ts'

const inviteType = 'application/octet-stream'
/** Marks what is dragged out of this window: dropped into it again it means nothing. */
export const ownDrag = 'application/x-cairn-own'

function save(name: string, url: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
}

/** A browser reads an address after the click or the drop that it was made for. */
function temporaryUrl(text: string): string {
  const url = URL.createObjectURL(new Blob([text], { type: inviteType }))
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
  return url
}

/** Offers a text to the person as a file. */
export const saveText = (name: string, text: string): void => save(name, temporaryUrl(text))

/** @param url a `data:` address */
export const savePicture = save

/** A file that the app has made ready; the window comes from where it lies. */
export const saveReady = ({ path, name }: FileOut): void => save(name, path)
/** Offers what the host has at this address to the person as a file. */
export const saveAddress = save

/** What is dragged becomes a file where it is dropped, or its text where only text is taken. */
export function dragText(event: DragEvent, name: string, text: string): void {
  drag(event, `${inviteType}:${name}:${temporaryUrl(text)}`)
  event.dataTransfer?.setData('text/plain', text)
}

export const dragPicture = (event: DragEvent, name: string, url: string): void => drag(event, `image/png:${name}:${url}`)

/** A file of a message, from its address at the host. Everything dragged is saved, never opened. */
export const dragFile = (event: DragEvent, type: string, name: string, address: string): void =>
  drag(event, `${type}:${name.replaceAll(':', '_')}:${new URL(address, location.href).href}`)

function drag({ dataTransfer }: DragEvent, download: string): void {
  if (!dataTransfer) return
  dataTransfer.effectAllowed = 'copy'
  dataTransfer.setData('DownloadURL', download)
  dataTransfer.setData(ownDrag, '')
}

/**
 * The text of a file that may be an invite.
 * @throws CairnError `invite.too-large` before anything of a huge file is read, `invite.damaged` if it can't be read
 */
export async function readInviteFile(file: Blob): Promise<string> {
  if (file.size > limits.inviteTextChars) throw new CairnError('invite.too-large', { details: { bytes: file.size } })
  try {
    return await file.text()
  } catch (cause) {
    throw new CairnError('invite.damaged', { cause, details: { reason: 'unreadable-file' } })
  }
}
