/**
 * Numbers that a contact will never get: it restored an older copy, had receipted them before, and they were no texts, or the person does not
 * want to send them again. A receipt reaches 1,024 numbers past the first one missing; before it is at its end the contact is told not to
 * wait, or everything after that would stay unreceipted for ever (docs/protocol.md section 6).
 */
import { hex, utf8 } from '../protocol/bytes.ts'
import { covers, highestOf, type Receipt } from '../protocol/message.ts'
import type { Contact } from '../storage/contactStore.ts'
import type { Core } from './core.ts'
import type { Outbox } from './outbox.ts'

/** Half of what a receipt can name: until then the person may still send back what is missing. */
const toleratedFor = 512

export function createGaps(core: Core, outbox: Outbox) {
  /** In the transaction of the message that says so. */
  function close(contact: Contact, named: readonly Receipt[]): void {
    const receipt = named.find(({ stream }) => hex(stream) === hex(contact.stream))
    if (!receipt || highestOf(receipt) - receipt.upTo <= toleratedFor) return
    const onTheirWay = core.stores.outbox.numbers(contact.no, receipt.stream)
    const from = receipt.upTo + 1
    const last = core.stores.contacts.ownStreams(contact.no).find(({ stream }) => hex(stream) === hex(contact.stream))?.last ?? 0
    let upTo = receipt.upTo
    while (upTo < last && !covers(receipt, upTo + 1) && !onTheirWay.has(upTo + 1)) upTo++
    if (upTo >= from) tell(contact, from, upTo)
  }

  function tell(contact: Contact, from: number, upTo: number): void {
    const id = core.ports.primitives.sha256(utf8(`cairn/1 void ${hex(contact.stream)} ${String(from)} ${String(upTo)}`)).slice(0, 16)
    outbox.queue(contact.no, hex(id), { t: 'void', id, at: core.now(), from, upTo })
  }

  return { close }
}
