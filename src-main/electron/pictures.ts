/** The drawings the shell shows, by name; `resources/` lies beside `out/`, in the sources as in a package. */
import { join } from 'node:path'
import type Electron from 'electron'
import type { ElectronApi, Facts } from './api.ts'

export interface Pictures {
  app: string
  tray(unread: boolean): Electron.NativeImage
  overlay(): Electron.NativeImage
}

export function createPictures(
  { nativeImage }: Pick<ElectronApi, 'nativeImage'>,
  { here, platform }: Pick<Facts, 'here' | 'platform'>,
): Pictures {
  const at = (...names: string[]) => join(here, '..', '..', 'resources', ...names)
  // A name that ends in `Template` is what macOS draws in the menu bar's own colour; `@2x` is found by itself.
  const suffix = platform === 'darwin' ? 'Template' : ''
  return {
    app: at('icons', '256x256.png'),
    tray: (unread) => nativeImage.createFromPath(at('tray', `${unread ? 'unread' : 'tray'}${suffix}.png`)),
    overlay: () => nativeImage.createFromPath(at('tray', 'overlay.png')),
  }
}
