/** Words about files in conversations. */
import type { FileDanger, FileKind } from '#shared/files.ts'

const units = ['bytes', 'KB', 'MB'] as const
/** In steps of 1,024, with three digits at most. */
const size = (bytes: number): string => {
  const step = bytes < 1024 ? 0 : bytes < 1024 * 1000 ? 1 : 2
  const value = bytes / 1024 ** step
  return `${value >= 100 || step === 0 ? Math.round(value) : value.toFixed(1)} ${units[step] ?? ''}`
}
const clock = (seconds: number): string => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`
const danger: Record<FileDanger, string> = {
  program: 'This is a program. Whoever opens it lets it do everything on this computer.',
  script: 'This is a script. Whoever opens it lets it do everything on this computer.',
  page: 'This is a page or drawing that can contain programs.',
  macros: 'This document can contain programs.',
  shortcut: 'This is a shortcut. It can start any program.',
  disguised: 'The name hides what this is. Don’t open it unless you know exactly what it is.',
}

export const files = {
  size,
  clock,
  danger,
  attach: 'Attach files',
  drop: 'Drop to attach',
  dropText: 'Nothing is sent before you press Send.',
  tray: 'Files to send',
  remove: (name: string) => `Remove ${name}`,
  reading: (percent: number) => `Reading… ${percent} %`,
  metadataStays: 'Goes as it is: place, time and device may be written in it.',
  sending: 'Sending…',
  caption: 'Add a caption',
  label: (kind: FileKind, name: string) => ({ picture: 'Photo', voice: 'Voice note', file: name })[kind],
  withText: (label: string, text: string) => (text === '' ? label : `${label}: ${text}`),
  picture: (name: string) => `Picture ${name}`,
  open: (name: string) => `Look at ${name}`,
  /** Of a card, beside its size. */
  state: {
    sending: (done: string, all: string) => `${done} of ${all} sent`,
    receiving: (done: string, all: string) => `${done} of ${all}`,
    waiting: 'Waiting for the sender',
    speed: (bytes: number) => `${size(bytes)}/s`,
  },
  progress: (name: string) => `Progress of ${name}`,
  cancel: (name: string) => `Cancel ${name}`,
  download: (name: string) => `Download ${name}`,
  again: (name: string) => `Try ${name} again`,
  save: (name: string) => `Save ${name}`,
  asks: (relay: string) => `This file lies at ${relay}, a relay you don’t use. Fetching it shows that relay your internet address.`,
  fetchThere: 'Fetch it from there',
  saveDanger: { title: 'Save this file?', keep: 'Don’t save', action: 'Save it anyway' },
  viewer: { title: 'Picture', previous: 'Previous picture', next: 'Next picture', of: (n: number, all: number) => `${n} of ${all}` },
  gallery: {
    open: 'Photos, files and voice notes',
    title: (name: string) => `Shared with ${name}`,
    tabs: { picture: 'Photos', file: 'Files', voice: 'Voice notes' } satisfies Record<FileKind, string>,
    none: { picture: 'No photos yet.', file: 'No files yet.', voice: 'No voice notes yet.' } satisfies Record<FileKind, string>,
    more: 'Show older ones',
    show: 'Show in the conversation',
  },
  voice: {
    record: 'Record a voice note',
    recording: (time: string) => `Recording ${time}`,
    level: 'Level',
    stop: 'Discard the recording',
    send: 'Send the voice note',
    play: (time: string) => `Play voice note, ${time}`,
    pause: 'Pause',
    position: 'Position',
    name: (time: string) => `Voice note ${time}.webm`,
  },
  auto: {
    title: 'Download files by themselves',
    choice: { never: 'Never', small: 'Up to 16 MB', always: 'Always' },
    hint: 'Files of contacts are fetched from your own relay only. A relay you don’t use is never asked without you.',
  },
}
