/** The services beside the rendezvous points: directory, device registration, accounts, key server; one database, one router. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import * as v from 'valibot'
import { docsPage } from './api/docsPage.ts'
import { createHttpServices } from './api/http.ts'
import { openApiDocument } from './api/openapi.ts'
import { Problem, type Reply } from './api/problem.ts'
import { route, type Route } from './api/route.ts'
import { createRouter } from './api/router.ts'
import { createDirectory } from './directory/directory.ts'
import { createKeyServer } from './keyBackup/keyServer.ts'
import { createAccountServer } from './keyBackup/server.ts'
import { readQuotas } from './quotas.ts'
import { createRegistration } from './registration/registration.ts'
import type { Service, ServiceContext } from './service.ts'

/** `server` and `keyserver` are meant to be two processes of two operators; `all` is both in one. */
export type Role = 'all' | 'server' | 'keyserver' | 'rendezvous'

export interface ServicesOptions extends Omit<ServiceContext, 'quotas'> {
  role: Exclude<Role, 'rendezvous'>
  /** Of the server, for a key server that is another process. */
  serverUrl: string | null
  /** What server and key server know each other by. */
  keyServerToken: string | null
  /** Who becomes a user of the directory has an invitation. */
  inviteOnly: boolean
  /** Serve the plain scheme of seed 000 too. */
  compatOmni: boolean
  version: string
}

export interface Services {
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>
  /** False: not a path of the services. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** Requests answered since the start, by tag and status. */
  counts(): ServiceCount[]
  /** Ends what is connected. */
  disconnect(): Promise<void>
  /** After `disconnect`. */
  close(): Promise<void>
}

export interface ServiceCount {
  service: string
  status: number
  count: number
}

const sweepEvery = 60_000

export function createServices(given: ServicesOptions): Services {
  const options = { ...given, quotas: readQuotas(given.db) }
  const { role, clock, logger, addressOf, version, db } = options
  const registration = createRegistration(options)
  const accounts = role === 'keyserver' ? null : createAccountServer(options)
  const keyServer = role === 'server' ? null : createKeyServer({ ...options, validate: accounts?.validate ?? null })
  /** What belongs to a user of the directory goes with them; a key server of another process is the client's to empty before. */
  const forgetUser = (user: number): void => {
    const userID = accounts?.forgetUser(user) ?? null
    if (userID !== null) keyServer?.forget(userID)
  }
  const directory = role === 'keyserver' ? null : createDirectory({ ...options, forgetUser })
  const services: Service[] = [directory, accounts, registration, keyServer].filter((service) => service !== null)

  const failed = (error: unknown): Reply => {
    logger.warn('service.failed', { error: error instanceof Error ? error.name : 'unknown' })
    return new Problem('internal', 'this went wrong here').reply
  }
  const offered = services.flatMap(({ routes }) => routes)
  const counts = new Map<string, ServiceCount>()
  const count = (tag: Route['tag'] | null, status: number): void => {
    const service = tag ?? 'relay'
    const known = counts.get(`${service} ${status}`) ?? { service, status, count: 0 }
    counts.set(`${service} ${status}`, { ...known, count: known.count + 1 })
  }
  const router = createRouter([...offered, ...documentation(offered, version)], { onFailure: failed, onReply: count })
  const http = createHttpServices({ router, envelope: registration.envelope, addressOf, clock })

  const sweep = (): void => {
    for (const service of services) service.sweep?.()
    cancelSweep = clock.after(sweepEvery, sweep)
  }
  let cancelSweep = clock.after(sweepEvery, sweep)

  return {
    handle: (request, response) => http.handle(request, response),
    upgrade(request, socket, head) {
      const there = services.find(({ upgrade }) => upgrade?.path === request.url)
      there?.upgrade?.accept(request, socket, head)
      return there !== undefined
    },
    counts: () => [...counts.values()],
    async disconnect() {
      await Promise.all(services.map(async (service) => service.close?.()))
    },
    async close() {
      cancelSweep()
      db.close()
    },
  }
}

function documentation(offered: readonly Route[], version: string): Route[] {
  const common = { method: 'GET', tag: 'relay', access: null } as const
  const document = () => openApiDocument(all, version)
  const all: Route[] = [
    ...offered,
    route({
      ...{ ...common, path: '/openapi.json', summary: 'This description.' },
      answers: { 200: { description: 'OpenAPI 3.1.', schema: v.looseObject({ openapi: v.string() }) } },
      handle: () => ({ status: 200, body: document() }),
    }),
    route({
      ...{ ...common, path: '/docs', summary: 'This description as a page.' },
      answers: { 200: { description: 'HTML.' } },
      handle: () => docsPage(document()),
    }),
  ]
  return all.slice(offered.length)
}
