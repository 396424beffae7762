/** Runs in the window's own sandbox before the page: the only thing that page and program have in common. */
import { contextBridge, ipcRenderer } from 'electron'
import { createPreloadBridge } from './bridge.ts'

contextBridge.exposeInMainWorld('cairn', createPreloadBridge(ipcRenderer))
