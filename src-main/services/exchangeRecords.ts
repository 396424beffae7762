/** What an exchange keeps on disk between its steps, as CBOR. */
import * as v from 'valibot'
import { bytes, u64 } from '../protocol/cbor.ts'

/** An acceptor's secrets until msg3 comes. */
export const pendingSchema = v.strictObject({
  ephemerals: v.strictObject({ dhSecret: bytes(32), kemSeed: bytes(64) }),
  half: bytes(32),
  msg1Hash: bytes(32),
  msg2Hash: bytes(32),
  inviter: bytes({ max: 4096 }),
  epoch: u64(),
  relays: v.array(v.string()),
  resetRV: bytes(32),
  peerResetRV: bytes(32),
})

/** What a session's confirmation applies to the contact. */
export const offerSchema = v.strictObject({
  contactKey: bytes(32),
  myReset: bytes(32),
  peerReset: bytes(32),
  relays: v.array(v.string()),
  public: bytes({ max: 4096 }),
})
export type Offer = v.InferOutput<typeof offerSchema>
