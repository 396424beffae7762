/** What the preload puts into the window: two functions, and no name of a method. */
import type { IpcRenderer, IpcRendererEvent } from 'electron'
import { channels } from '../src-shared/channels.ts'
import type { Answer, AppEvent } from '../src-shared/contract/events.ts'

interface Listener {
  event(event: AppEvent): void
  link(link: 'up'): void
}

export const createPreloadBridge = (ipc: Pick<IpcRenderer, 'invoke' | 'on' | 'off'>) => ({
  call: (method: string, input: unknown): Promise<Answer<unknown>> => ipc.invoke(channels.call, method, input) as Promise<Answer<unknown>>,
  /** The program is there as long as its window is, so the link comes up once and stays. */
  subscribe(listener: Listener): () => void {
    const onEvent = (_: IpcRendererEvent, event: AppEvent) => listener.event(event)
    ipc.on(channels.event, onEvent)
    queueMicrotask(() => listener.link('up')) // as over HTTP: never before this has returned
    return () => void ipc.off(channels.event, onEvent)
  },
})
