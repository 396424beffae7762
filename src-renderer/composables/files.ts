import { limits } from '#shared/contract/limits.ts'
import { CairnError } from '#shared/errors.ts'

/** Offers a text to the person as a file. */
export function saveText(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000) // the browser reads it after the click
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
