/** People whose Cairn is the desktop program: the real binary, its own window, a profile of their own. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { _electron, expect, type ElectronApplication, type Page } from 'playwright/test'
import { temporaryFolder } from '#test/support/profileFolder.ts'
import { electronBinary, howToFetch } from '../../tools/electronBinary.ts'
import { root } from '../../tools/run.ts'
import type { Someone } from '../e2e/people.ts'

const program = join(root, 'out', 'main', 'electron.js')
const isRoot = process.getuid?.() === 0

export interface DesktopPerson extends Someone {
  readonly app: ElectronApplication
  /** A second start of the program on the same profile, as the system does it for a link or a file. Resolves when that one has ended. */
  open(what: string): Promise<void>
  /** The next thing the page saves goes to `file`, as if the person had chosen that place. */
  saveNextTo(file: string): Promise<void>
}

function binary(): string {
  const path = electronBinary()
  if (path === null) throw new Error(`These tests drive Electron itself, and its binary is not here: ${howToFetch} brings it.`)
  return path
}

export async function arriveInWindow(name: string): Promise<DesktopPerson> {
  const folder = temporaryFolder()
  const profileDir = join(folder.path, 'profile')
  const complaints: string[] = []
  let running: { app: ElectronApplication; page: Page } | null = null
  const current = () => {
    if (!running) throw new Error(`${name}’s Cairn is not running`)
    return running
  }
  const person: DesktopPerson = {
    ...{ name, profileDir, complaints },
    get app() {
      return current().app
    },
    get page() {
      return current().page
    },
    async start() {
      // Root cannot have Chromium's sandbox; everybody else keeps it, as the program itself does.
      const app = await _electron.launch({ executablePath: binary(), args: [program, '--profile', profileDir], chromiumSandbox: !isRoot })
      const page = await app.firstWindow()
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())))
      running = { app, page }
    },
    async stop() {
      await running?.app.close()
      running = null
    },
    async close() {
      await person.stop()
      folder.remove()
    },
    async open(what) {
      await promisify(execFile)(binary(), [...(isRoot ? ['--no-sandbox'] : []), program, '--profile', profileDir, what])
    },
    async saveNextTo(file) {
      await current().app.evaluate(({ session }, path) => {
        session.fromPartition('cairn').once('will-download', (_, item) => item.setSavePath(path))
      }, file)
    },
  }
  await person.start()
  await expect(person.page.getByLabel('Your name')).toBeVisible()
  return person
}
