/** The bridge over Electron's channels: the same two functions as over HTTP, for the one window and its own page alone. */
import type Electron from 'electron'
import { channels } from '#shared/channels.ts'
import type { Answer } from '#shared/contract/events.ts'
import type { App } from '../appTypes.ts'
import type { Logger } from '../ports.ts'
import type { ContentsApi, ElectronApi } from './api.ts'
import { isOwnUrl } from './origin.ts'

const refused: Answer<never> = { ok: false, error: { code: 'internal', details: { reason: 'sender' } } }

/** Carries calls from `contents()` to the app and the app's events to it. Returns a function that ends it. */
export function createBridge(
  { ipcMain }: Pick<ElectronApi, 'ipcMain'>,
  { app, logger, contents }: { app: App; logger: Logger; contents: () => ContentsApi | null },
): () => void {
  ipcMain.handle(channels.call, (event, method: unknown, input: unknown) => {
    if (!isOurs(event, contents())) {
      logger.warn('bridge.foreign-sender')
      return refused
    }
    return typeof method === 'string' ? app.call(method, input) : { ...refused, error: { code: 'method.unknown', details: {} } }
  })
  const stop = app.subscribe((event) => {
    const target = contents()
    if (target && !target.isDestroyed() && isOwnUrl(target.mainFrame.url)) target.send(channels.event, event)
  })
  return () => {
    ipcMain.removeHandler(channels.call)
    stop()
  }
}

/** The main frame of our window, showing our page: not a frame inside it, not another window, not another page. */
function isOurs(event: Electron.IpcMainInvokeEvent, ours: ContentsApi | null): boolean {
  const frame = event.senderFrame
  return (
    ours !== null && frame !== null && event.sender === ours && frame === ours.mainFrame && frame.parent === null && isOwnUrl(frame.url)
  )
}
