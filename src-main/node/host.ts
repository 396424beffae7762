/** Puts the app on plain Node together: the app, the web server, and an orderly end. */
import type { App } from '../appTypes.ts'
import type { Logger, Random } from '../ports.ts'
import { StartError } from './folders.ts'
import { type HostServer, startServer } from './server.ts'

/** Where the app is when nobody says otherwise; the next port below the relay's range would do as well. */
export const usualPort = 7480

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
