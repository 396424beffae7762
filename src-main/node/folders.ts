/** The folders a host needs: the profile's, to write, and the built pages', to read. */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** A start that failed for a reason the person can mend, in words for the terminal. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/** Makes the folder for this user alone. Throws `StartError` when it cannot be made or written. */
export function prepareProfileDir(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    throw new StartError(`The profile folder ${folder} cannot be written${code}. Choose another with --profile.`, { cause: error })
  }
}

/** The built pages lie beside the bundled host, or in `out` when it runs from source. */
export const findPages = (here: string): string =>
  [join(here, '..', 'renderer'), join(here, '..', '..', 'out', 'renderer')].find((folder) => existsSync(join(folder, 'index.html'))) ??
  join(here, '..', 'renderer')
