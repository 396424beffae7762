/** The desktop's part of the contract: settings that outlive a lock, and what was opened from outside. */
import type { Handlers } from '#shared/contract/contract.ts'
import { CairnError } from '#shared/errors.ts'
import type { Desktop } from '../ports.ts'

type DesktopHandlers = Pick<Handlers, 'desktop.settings' | 'desktop.change' | 'desktop.take'>

/** Every one of them throws `desktop.unavailable` on a host without a desktop. */
export function desktopHandlers(desktop: Desktop | null): DesktopHandlers {
  const there = (): Desktop => {
    if (!desktop) throw new CairnError('desktop.unavailable')
    return desktop
  }
  return {
    'desktop.settings': () => there().settings(),
    'desktop.change': (wanted) => there().change(wanted),
    'desktop.take': () => there().take(),
  }
}
