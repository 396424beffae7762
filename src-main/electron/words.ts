/** Every word the shell itself says, outside the page: menus, the tray, notifications, the system's dialogs. */
const messages = (n: number) => `${n} unread ${n === 1 ? 'message' : 'messages'}`

export const words = {
  name: 'Cairn',
  menu: { file: 'File', edit: 'Edit', view: 'View', window: 'Window' },
  tray: {
    open: (unread: number) => (unread === 0 ? 'Open Cairn' : `Open Cairn (${messages(unread)})`),
    quit: 'Quit Cairn',
    tip: (unread: number) => (unread === 0 ? 'Cairn' : `Cairn: ${messages(unread)}`),
  },
  badge: messages,
  notification: { message: 'New message' },
  failed: {
    title: 'Cairn could not start',
    text: 'Something unexpected went wrong. Nothing was changed. Start it again; if it stays so, start it from a terminal and read what it says.',
  },
}
