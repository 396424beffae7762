/** Puts the app on plain Node together: a profile folder, the ports, the app, the web server, and an orderly end. */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { App } from '../appTypes.ts'
import type { Logger, Random } from '../ports.ts'
import { type HostServer, startServer } from './server.ts'

/** Where the app is when nobody says otherwise; the next port below the relay's range would do as well. */
export const usualPort = 7480

/** A start that failed for a reason the person can mend, in words for the terminal. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

export interface Host {
  newAddress(): string
  close(): Promise<void>
}

export interface HostParts {
  app: App
  random: Random
  logger: Logger
  port: number | null
  pagesDir: string
}

/** Starts `app` behind a web server. Throws `StartError` when the port is taken; the app is closed again then. */
export async function startHost(options: HostParts): Promise<Host> {
  const { app } = options
  try {
    const server = await listen(options)
    return {
      newAddress: server.newAddress,
      async close() {
        await server.close()
        await app.close()
      },
    }
  } catch (error) {
    await app.close()
    throw error
  }
}

async function listen({ port, ...parts }: HostParts): Promise<HostServer> {
  const start = (at: number) => startServer({ ...parts, port: at })
  try {
    return await start(port ?? usualPort)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    if (error.code === 'EADDRINUSE' && port === null) return start(0)
    if (error.code === 'EADDRINUSE')
      throw new StartError(`Port ${port} is in use by another program. Choose another with --port, or 0 for any free one.`)
    if (error.code === 'EACCES') throw new StartError(`Port ${port ?? usualPort} is not open to this user. Choose another with --port.`)
    throw error
  }
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
