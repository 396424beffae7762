/** What the command line opens: a `cairn:` link, or an invite file. Its text is untrusted: the window asks the app what it is. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import type { Opened } from '#shared/contract/appModels.ts'
import { limits } from '#shared/contract/limits.ts'
import type { Desktop } from '../ports.ts'
import { StartError } from './folders.ts'

/** One byte more than an invite may have: what is longer is refused as that by whoever reads it, and not read to its end. */
const mostBytes = limits.inviteBytes + 1

/** @throws StartError for a file that cannot be read */
export function readOpened(linkOrFile: string): Opened {
  if (/^cairn(:|1)/i.test(linkOrFile)) return { kind: 'invite', text: linkOrFile }
  try {
    return { kind: 'invite', text: readStart(linkOrFile) }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    throw new StartError(`The invite ${linkOrFile} cannot be read${code}. Check that it is there and that you may open it.`, {
      cause: error,
    })
  }
}

function readStart(path: string): string {
  // a pipe or a device would keep us waiting
  if (!statSync(path).isFile()) throw Object.assign(new Error('not a file'), { code: 'EISDIR' })
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(mostBytes)
    let read = 0
    for (let n = -1; n !== 0 && read < mostBytes; read += n) n = readSync(file, bytes, read, mostBytes - read, null)
    return bytes.toString('utf8', 0, read)
  } finally {
    closeSync(file)
  }
}

/** It waits until a window with an open profile takes it. */
export function createDesktop(opened: Opened): Desktop {
  let waiting: Opened | null = opened
  const nothing = { notifications: null, startAtLogin: null, keepRunning: null }
  return {
    settings: () => nothing,
    change: () => nothing,
    take() {
      const taken = waiting
      waiting = null
      return taken
    },
    onOpened: () => undefined, // nothing comes later: a second start is another program
  }
}
