/** Where Electron's binary is, without the `electron` package's own question, which starts a download. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './run.ts'

/** The program's path, or null where it has not been fetched. `ELECTRON_OVERRIDE_DIST_PATH` counts as in the package itself. */
export function electronBinary(env: NodeJS.ProcessEnv = process.env, folder = join(root, 'node_modules', 'electron')): string | null {
  const pathFile = join(folder, 'path.txt')
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : null
  const override = env['ELECTRON_OVERRIDE_DIST_PATH']
  const path = override ? join(override, name ?? 'electron') : name === null ? null : join(folder, 'dist', name)
  return path !== null && existsSync(path) ? path : null
}

export const howToFetch = 'npx install-electron'
