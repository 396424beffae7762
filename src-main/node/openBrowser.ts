/**
 * Opens a window on the host's address, if this computer has a display. The address holds a token, and other users of the computer can
 * read every command line, so the browser is led there by a file only this user can read, which goes away soon after.
 */
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'

const fileLivesMs = 30_000
const chromiums = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge']

/** True when something was started. Failing is quiet: the printed address stays good until a window uses it. */
export async function openBrowser(address: string, folder: string): Promise<boolean> {
  const file = join(folder, 'open.html')
  const command = openCommand(pathToFileURL(file).href, { platform: process.platform, env: process.env, isProgram })
  if (command === null) return false
  await rm(file, { force: true }) // else the mode of an old file would stay
  await writeFile(file, redirectTo(address), { mode: 0o600, flag: 'wx' })
  setTimeout(() => void rm(file, { force: true }), fileLivesMs).unref()
  return start(command)
}

export const removeOpener = (folder: string): Promise<void> => rm(join(folder, 'open.html'), { force: true })

const redirectTo = (address: string) =>
  `<!doctype html><meta charset="utf-8"><title>Cairn</title><meta http-equiv="refresh" content="0;url=${address}">\n`

/** Program and arguments that open `url`; a Chromium in a window of its own where there is one. Null without a display. */
export function openCommand(
  url: string,
  world: { platform: NodeJS.Platform; env: NodeJS.ProcessEnv; isProgram(file: string): boolean },
): [string, ...string[]] | null {
  if (world.platform === 'darwin') return ['open', url]
  if (world.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url]
  if (!world.env['DISPLAY'] && !world.env['WAYLAND_DISPLAY']) return null
  const find = (name: string) =>
    (world.env['PATH'] ?? '')
      .split(delimiter)
      .map((folder) => join(folder, name))
      .find(world.isProgram)
  const chromium = chromiums.map(find).find((file) => file !== undefined)
  if (chromium !== undefined) return [chromium, `--app=${url}`]
  const opener = find('xdg-open')
  return opener === undefined ? null : [opener, url]
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false // the answer to the question, not a failure
  }
}

const start = ([program, ...args]: [string, ...string[]]): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn(program, args, { detached: true, stdio: 'ignore' })
    child.once('error', () => resolve(false))
    child.once('spawn', () => resolve(true))
    child.unref()
  })
