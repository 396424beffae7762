/**
 * How what somebody wrote comes to the others: as outboxes and sessions promise it (docs/protocol.md sections 4 and 5). Until the receiver
 * has confirmed a message it is kept; the blob of one may be lost, and a confirmation too. Then the next reset sends it again, in whatever
 * order and perhaps for the second time. So nothing is lost for good, and nothing says that it comes once.
 */
import type { Message } from '#main/protocol/message.ts'
import type { Dice } from '#test/support/seeded.ts'
import type { Member } from './member.ts'

interface Parcel {
  from: Member
  to: Member
  message: Message
}

export interface CourierParts {
  dice: Dice
  /** How often a blob or a confirmation is lost. */
  lose(): number
  /** Late, and when the receiver's program runs; not at all while their session is broken. */
  carry(parcel: Parcel, arrive: () => void): void
}

export function createCourier({ dice, lose, carry }: CourierParts) {
  const kept = new Map<string, Set<Parcel>>()
  const pair = (a: Member, b: Member): string => [a.name, b.name].toSorted().join(' ')

  const sendAll = (parcels: Parcel[]): void => {
    for (const parcel of parcels) {
      if (dice.chance(lose())) continue
      carry(parcel, () => {
        parcel.to.receive(parcel.from, parcel.message)
        if (!dice.chance(lose())) kept.get(pair(parcel.from, parcel.to))?.delete(parcel)
      })
    }
  }

  return {
    send(parcel: Parcel): void {
      const key = pair(parcel.from, parcel.to)
      kept.set(key, (kept.get(key) ?? new Set()).add(parcel))
      sendAll([parcel])
    },
    /** The two have a new session. */
    reset(a: Member, b: Member): void {
      const parcels = [...(kept.get(pair(a, b)) ?? [])]
      if (parcels.length > 0) sendAll(dice.chance(0.5) ? parcels.toReversed() : parcels)
    },
  }
}
