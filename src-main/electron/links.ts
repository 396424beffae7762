/**
 * `cairn:` links and `*.cairn` files, from the command line or from the system. Their text is untrusted: nothing here understands it, it is
 * cut to size and handed to the dialog that looks at invites. No part of it is ever a command, a path or an address for anything else.
 */
import { open, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { resolve } from 'node:path'
import { limits } from '#shared/contract/limits.ts'
import { isLink, isOpenable } from './options.ts'

/** One more than an invite may have: what is too large is still seen to be. */
const enough = limits.inviteBytes + 1

/** What stands for a file that cannot be read: no invite, so the dialog says that this is none. */
const unreadable = '?'

/** The text behind what was opened, or null if it is neither link nor invite file. Never rejects. */
export async function textOf(opened: string, cwd: string): Promise<string | null> {
  if (!isOpenable(opened)) return null
  if (isLink(opened)) return opened.slice(0, enough)
  return readInvite(pathOf(opened, cwd))
}

/** Some file managers of Linux hand over an address of a file. */
function pathOf(opened: string, cwd: string): string {
  if (!opened.startsWith('file://')) return resolve(cwd, opened)
  try {
    return fileURLToPath(opened)
  } catch {
    return '' // on another computer, or nonsense: unreadable
  }
}

async function readInvite(path: string): Promise<string> {
  try {
    if (!(await stat(path)).isFile()) return unreadable // a pipe or a device would keep us waiting
    const file = await open(path, 'r')
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(enough), 0, enough, 0)
      return buffer.toString('utf8', 0, bytesRead) || unreadable
    } finally {
      await file.close()
    }
  } catch {
    return unreadable
  }
}
