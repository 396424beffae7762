/** Puts the app on plain Node together: the app, the web server, and an orderly end. */
import type { App } from '../appTypes.ts'
import type { Ports } from '../ports.ts'
import { StartError } from './folders.ts'
import { type HostServer, startServer } from './server.ts'

/** Where the app is when nobody says otherwise; the next port below the relay's range would do as well. */
export const usualPort = 7480

export interface Host {
  newAddress(): string
  close(): Promise<void>
}

/** Starts `app` behind a web server. Throws `StartError` when the port is taken; the app is closed again then. */
export async function startHost(options: { app: App; ports: Ports; port: number | null; pagesDir: string }): Promise<Host> {
  const { app, ports } = options
  try {
    const server = await listen(options)
    return {
      newAddress: server.newAddress,
      async close() {
        await server.close()
        await closeCore(app, ports)
      },
    }
  } catch (error) {
    await closeCore(app, ports)
    throw error
  }
}

/** The relay on this computer goes last, so that the app's last words can still be taken. */
async function closeCore(app: App, ports: Ports): Promise<void> {
  await app.close()
  await ports.localRelay?.stop()
}

async function listen({ app, ports, port, pagesDir }: Parameters<typeof startHost>[0]): Promise<HostServer> {
  const start = (at: number) => startServer({ app, port: at, pagesDir, random: ports.random, logger: ports.logger })
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
