/** What the page may ask the system for: the camera or the microphone, when it asks, and to put a text on the clipboard. Everything else is refused. */
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
    const device = isOurs && permission === 'media' ? deviceIn(media) : null
    if (device === null) return answer(false)
    if (platform !== 'darwin') return answer(true)
    systemPreferences.askForMediaAccess(device).then(answer, () => answer(false)) // macOS asks the person itself, once
  })
  session.setPermissionCheckHandler((_, permission, requestingOrigin, details) => {
    if (!isOwnOrigin(requestingOrigin) || !details.isMainFrame) return false
    return (
      permission === 'clipboard-sanitized-write' ||
      (permission === 'media' && (details.mediaType === 'video' || details.mediaType === 'audio'))
    )
  })
  session.setDevicePermissionHandler(() => false)
}

/** One of the two: the page scans, or records, and never both at once. */
function deviceIn(media: readonly string[]): 'camera' | 'microphone' | null {
  const types = new Set(media)
  if (types.size !== 1) return null
  return types.has('video') ? 'camera' : types.has('audio') ? 'microphone' : null
}
