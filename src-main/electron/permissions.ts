/** What the page may ask the system for: the camera, when it asks, and to put a text on the clipboard. Everything else is refused. */
import type { ElectronApi, SessionApi } from './api.ts'
import { isOwnOrigin, isOwnUrl } from './origin.ts'

export function guardPermissions(
  session: SessionApi,
  { systemPreferences }: Pick<ElectronApi, 'systemPreferences'>,
  platform: NodeJS.Platform,
): void {
  session.setPermissionRequestHandler((_, permission, answer, details) => {
    const isOurs = details.isMainFrame && isOwnUrl(details.requestingUrl)
    const media = 'mediaTypes' in details ? (details.mediaTypes ?? []) : []
    if (isOurs && permission === 'clipboard-sanitized-write') return answer(true)
    if (!isOurs || permission !== 'media' || !isCameraAlone(media)) return answer(false)
    if (platform !== 'darwin') return answer(true)
    systemPreferences.askForMediaAccess('camera').then(answer, () => answer(false)) // macOS asks the person itself, once
  })
  session.setPermissionCheckHandler((_, permission, requestingOrigin, details) => {
    if (!isOwnOrigin(requestingOrigin) || !details.isMainFrame) return false
    return permission === 'clipboard-sanitized-write' || (permission === 'media' && details.mediaType === 'video')
  })
  session.setDevicePermissionHandler(() => false)
}

const isCameraAlone = (media: readonly string[]): boolean => media.length > 0 && media.every((type) => type === 'video')
