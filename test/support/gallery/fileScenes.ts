/** Files in a conversation, in every state, and everything that was shared in it. */
import { file } from '../fakeFiles.ts'
import { minutes, people, text } from '../fakeState.ts'
import { useFiles, type Waiting } from '../../../src-renderer/stores/files.ts'
import { both, changed, dialog, select, type Scene } from './steps.ts'

const name = 'Mira Holt'
const picture = { kind: 'picture', type: 'image/jpeg', width: 1600, height: 1200, preview: true } as const
const messages = [
  text(name, 'The hut at six in the morning', minutes(50), { file: file({ ...picture, name: 'hut.jpg' }) }),
  text(name, '', minutes(40), { file: file({ ...picture, name: 'pass.jpg', state: 'offered', done: 0, size: 31_000_000 }) }),
  text(name, 'And the map', minutes(30), { own: true, file: file({ name: 'Hut to hut, map 3.pdf', state: 'sent', size: 8_300_000 }) }),
  text(name, '', minutes(20), {
    file: file({ name: 'film.mkv', size: 92_000_000, done: 41_000_000, state: 'receiving', speed: 3_600_000 }),
  }),
  text(name, '', minutes(18), { file: file({ kind: 'voice', name: 'Voice note.webm', type: 'audio/webm', seconds: 42 }) }),
  text(name, '', minutes(10), { file: file({ name: 'photo.jpg.exe', danger: 'disguised', size: 640_000 }) }),
  text(name, '', minutes(8), { file: file({ name: 'old.zip', state: 'failed', error: 'file.gone', done: 0 }) }),
  text(name, '', minutes(6), {
    file: file({ name: 'elsewhere.zip', state: 'asks', done: 0, relay: 'wss://relay.elsewhere.example:7443' }),
  }),
]
const state = changed((here) => {
  here.items[people.mira.id] = messages
})
const answers = {
  'files.list': ({ kind }: { kind: string }) => ({ items: messages.filter((one) => one.file?.kind === kind), more: false }),
}
const waiting = (more: Partial<Waiting>): Waiting => ({
  ...{ key: 0, name: 'harbour.jpg', size: 812_000, kind: 'file', danger: null, thumb: null, metadata: false },
  ...{ fileId: 'ab'.repeat(16), done: 812_000, error: null },
  ...more,
})
const mira = select(people.mira.id)

export const fileScenes: Record<string, Scene> = {
  'files-bubbles': { state, answers, then: mira },
  'files-tray': {
    ...{ state, answers },
    then: both(mira, (pinia) => {
      useFiles(pinia).trays[people.mira.id] = [
        waiting({ key: -1 }),
        waiting({ key: -2, name: 'walk.heic', metadata: true }),
        waiting({ key: -3, name: 'film.mkv', size: 92_000_000, done: 30_000_000 }),
        waiting({ key: -4, name: 'run.bat', danger: 'script' }),
      ]
    }),
  },
  'files-gallery': { state, answers, then: both(mira, dialog({ kind: 'files', id: people.mira.id })) },
  'files-viewer': { state, answers, then: both(mira, dialog({ kind: 'viewFile', id: people.mira.id, messageId: messages[0]?.id ?? '' })) },
}
