/** Directory and signalling (docs/services/directory.md): codes for people, and the frames of a first key exchange between two. */
import { Problem } from '../api/problem.ts'
import { route } from '../api/route.ts'
import type { Service, ServiceContext } from '../service.ts'
import { createDirectoryStore } from '../storage/directoryStore.ts'
import { createInvitationStore, type InvitationStore } from '../storage/invitationStore.ts'
import { createUserStore } from '../storage/userStore.ts'
import { createFreshness } from './freshness.ts'
import { readInvitation } from './invitations.ts'
import { directoryLimits } from './limits.ts'
import { createLookups } from './lookups.ts'
import { createSignalling } from './signalling.ts'
import { createSignedRequests } from './signedRequest.ts'
import { userRoutes } from './userRoutes.ts'
import { createWebSockets } from './webSockets.ts'

/** @param context.forgetUser drops what else belongs to a user, in the transaction that removes them */
export function createDirectory(context: ServiceContext & { inviteOnly: boolean; forgetUser(user: number): void }): Service {
  const { db, clock, quotas, publicHost, forgetUser } = context
  const users = createUserStore(db)
  const store = createDirectoryStore(db)
  const freshness = createFreshness(store, publicHost)
  const invitations = createInvitationStore(db)
  const lookups = createLookups()
  const signedRequests = createSignedRequests({ users, freshness, clock })
  const signalling = createSignalling({ db, clock, quotas, users, store, freshness, lookups })
  const webSockets = createWebSockets({ ...context, signalling })
  return {
    routes: [
      ...userRoutes({
        db,
        clock,
        users,
        store,
        lookups,
        signedRequests,
        forgetUser,
        admit: admission(context, invitations),
        onDeleted: signalling.drop,
      }),
      upgradeRoute,
    ],
    upgrade: { path: '/ws', accept: webSockets.accept },
    sweep() {
      const now = clock.now()
      db.transaction(() => {
        store.expire(now - directoryLimits.frameMs, now)
        invitations.expire(now)
      })
    },
    close: webSockets.close,
  }
}

const admission =
  ({ inviteOnly, masterKey }: Pick<ServiceContext, 'masterKey'> & { inviteOnly: boolean }, used: InvitationStore) =>
  (text: string | undefined, now: number): void => {
    if (!inviteOnly) return
    const invitation = text === undefined ? null : readInvitation(masterKey, text, now)
    // one answer for all: whether an invitation was ever good is not for everybody to know
    if (invitation === null || !used.use(invitation.hash, invitation.expires))
      throw new Problem('forbidden', 'this relay wants an invitation, and one that was not used')
  }

/** For the description: an upgrade never comes here. */
const upgradeRoute = route({
  ...{ method: 'GET', path: '/ws', tag: 'directory', summary: 'Upgrades to WebSocket: key exchanges are relayed.', access: null },
  answers: { 101: { description: 'Text frames of JSON: docs/services/directory.md.' }, 426: { description: 'Ask for an upgrade.' } },
  handle: () => ({
    status: 426,
    body: { error: { code: 'upgrade-required', message: 'this path takes WebSocket' } },
    headers: { upgrade: 'websocket', connection: 'upgrade' },
  }),
})
