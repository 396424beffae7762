/** Notifications of the system: one for each conversation, and on it no more than the person wants others to see. */
import type { NotificationContent } from '#shared/contract/appModels.ts'
import type { ElectronApi, NotificationApi } from './api.ts'
import type { Arrival } from './attention.ts'
import { words } from './words.ts'

const longest = 200

export interface Notifications {
  show(arrival: Arrival): void
  /** All of them: somebody is looking now. */
  clear(): void
}

export function createNotifications(
  { Notification }: Pick<ElectronApi, 'Notification'>,
  { content, open, platform }: { content: () => NotificationContent; open: (id: string) => void; platform: NodeJS.Platform },
): Notifications {
  const shown = new Map<string, NotificationApi>()
  return {
    show(arrival) {
      const kind = content()
      if (kind === 'off' || !Notification.isSupported()) return
      shown.get(arrival.id)?.close()
      const notification = new Notification({ ...textsOf(arrival, kind, platform), silent: false })
      shown.set(arrival.id, notification)
      notification.on('click', () => open(arrival.id))
      notification.on('close', () => {
        if (shown.get(arrival.id) === notification) shown.delete(arrival.id)
      })
      notification.show()
    },
    clear() {
      for (const notification of [...shown.values()]) notification.close()
      shown.clear()
    },
  }
}

function textsOf(arrival: Arrival, kind: NotificationContent, platform: NodeJS.Platform): { title: string; body: string } {
  const { name } = arrival
  const said = kind === 'text' ? cut(saidBy(arrival)) : ''
  const body = said === '' ? words.notification.message : said
  return { title: kind === 'hidden' ? words.name : name, body: platform === 'linux' ? escaped(body) : body }
}

const saidBy = ({ author, text, file }: Arrival): string =>
  [author, file && (file.kind === 'file' ? file.name : words.notification[file.kind]), text].filter(Boolean).join(': ')

const cut = (text: string): string => ([...text].length > longest ? `${[...text].slice(0, longest).join('')}…` : text)

/** On Linux the body is markup: a contact's text could hold a link, or a picture to be fetched from somewhere. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
