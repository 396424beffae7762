/** The small picture beside the clock, and the mark on the program's own: how much is unread, and a way back to the window. */
import type { ElectronApi, WindowApi } from './api.ts'
import type { Pictures } from './pictures.ts'
import { words } from './words.ts'

interface Acts {
  open(): void
  quit(): void
}

export interface Tray {
  unread(count: number): void
  destroy(): void
}

export function createTray({ Tray, Menu }: Pick<ElectronApi, 'Tray' | 'Menu'>, pictures: Pictures, { open, quit }: Acts): Tray {
  const tray = new Tray(pictures.tray(false))
  const unread = (count: number): void => {
    tray.setImage(pictures.tray(count > 0))
    tray.setToolTip(words.tray.tip(count))
    // A menu that was handed over cannot change on Linux: a new one each time.
    tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: words.tray.open(count), click: open },
        { type: 'separator' },
        { label: words.tray.quit, click: quit },
      ]),
    )
  }
  tray.on('click', open)
  unread(0)
  return { unread, destroy: () => tray.destroy() }
}

/** The count on the dock's or launcher's picture; Windows has a small picture over the button instead. */
export function showBadge(
  { app }: Pick<ElectronApi, 'app'>,
  window: WindowApi,
  pictures: Pictures,
  platform: NodeJS.Platform,
  count: number,
): void {
  if (platform !== 'win32') return void app.setBadgeCount(count)
  if (!window.isDestroyed()) window.setOverlayIcon(count > 0 ? pictures.overlay() : null, count > 0 ? words.badge(count) : '')
}
