/** The system's menus. Entries are roles of Electron's: each does what it says on every platform, and has the system's words and keys. */
import type Electron from 'electron'
import type { ContentsApi, ElectronApi } from './api.ts'
import { words } from './words.ts'

type Item = Electron.MenuItemConstructorOptions

const separator: Item = { type: 'separator' }

export function menuTemplate(platform: NodeJS.Platform, isPackaged: boolean): Item[] {
  const isMac = platform === 'darwin'
  const developer: Item[] = isPackaged ? [] : [separator, { role: 'reload' }, { role: 'toggleDevTools' }]
  const view: Item[] = [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, separator, { role: 'togglefullscreen' }]
  return [
    ...(isMac ? ([{ role: 'appMenu' }] satisfies Item[]) : []),
    { label: words.menu.file, submenu: isMac ? [{ role: 'close' }] : [{ role: 'close' }, separator, { role: 'quit' }] },
    {
      label: words.menu.edit,
      submenu: [{ role: 'undo' }, { role: 'redo' }, separator, { role: 'cut' }, { role: 'copy' }, { role: 'paste' }, { role: 'selectAll' }],
    },
    { label: words.menu.view, submenu: [...view, ...developer] },
    { label: words.menu.window, submenu: isMac ? [{ role: 'minimize' }, { role: 'zoom' }, { role: 'front' }] : [{ role: 'minimize' }] },
  ]
}

/** What a right click offers: only what would change something there. Null: nothing would. */
export function contextTemplate(
  { isEditable, editFlags, selectionText, dictionarySuggestions }: ContextFacts,
  replace: (word: string) => void,
): Item[] | null {
  const suggestions: Item[] = dictionarySuggestions.slice(0, 5).map((label) => ({ label, click: () => replace(label) }))
  const edits: Item[] = [
    ...(isEditable && editFlags.canCut ? ([{ role: 'cut' }] satisfies Item[]) : []),
    ...(editFlags.canCopy && selectionText !== '' ? ([{ role: 'copy' }] satisfies Item[]) : []),
    ...(isEditable && editFlags.canPaste ? ([{ role: 'paste' }] satisfies Item[]) : []),
  ]
  const items = suggestions.length > 0 && edits.length > 0 ? [...suggestions, separator, ...edits] : [...suggestions, ...edits]
  return items.length > 0 ? items : null
}

export interface ContextFacts {
  isEditable: boolean
  editFlags: { canCut: boolean; canCopy: boolean; canPaste: boolean }
  selectionText: string
  dictionarySuggestions: string[]
}

/** The answer puts them up anew, in other words. */
export function installMenus(
  { Menu }: Pick<ElectronApi, 'Menu'>,
  contents: ContentsApi,
  platform: NodeJS.Platform,
  isPackaged: boolean,
): () => void {
  const install = () => Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(platform, isPackaged)))
  install()
  contents.on('context-menu', (_, facts) => {
    const items = contextTemplate(facts, (word) => contents.replaceMisspelling(word))
    if (items) Menu.buildFromTemplate(items).popup()
  })
  return install
}
