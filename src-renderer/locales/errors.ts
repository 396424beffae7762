import { accountErrors } from './accountErrors.ts'
import { transferErrors } from './transferErrors.ts'
import type { ErrorCode } from '#shared/errors.ts'
import { relayName } from '../lib/names.ts'

/** What happened, and what it means or what to do next. */
export interface ErrorWords {
  title: string
  text: string
}

export type Details = Readonly<Record<string, string | number>>

const relay = (details: Details) => (typeof details['relay'] === 'string' ? relayName(details['relay']) : 'The relay')
const seconds = (details: Details) => Math.max(1, Math.ceil(Number(details['seconds'] ?? 1)))
const secondsWords = (count: number) => (count === 1 ? '1 second' : `${count} seconds`)

const inside = {
  title: 'Something went wrong inside Cairn.',
  text: 'Nothing was sent. Try again; if it stays so, start Cairn anew and copy the details for whoever helps you.',
}

/** Every error code has words: a code without an entry does not compile. */
export const errorWords: Record<ErrorCode, (details: Details) => ErrorWords> = {
  'codec.malformed': () => ({ title: 'This can’t be read.', text: 'Part of it is missing or changed. Ask for it again.' }),
  'codec.too-large': () => ({ title: 'This is too large.', text: 'Nothing was changed. Choose something smaller.' }),
  'codec.newer-version': () => ({ title: 'This was made by a newer Cairn.', text: 'Bring Cairn up to date, then try again.' }),
  'input.invalid': () => ({ title: 'That can’t be used as it is.', text: 'Nothing was changed. Check what you typed.' }),
  'method.unknown': () => ({
    title: 'This window and Cairn don’t fit together.',
    text: 'They are of different versions. Reload the window.',
  }),
  'crypto.failed': () => ({
    title: 'A check of the keys failed.',
    text: 'Nothing was sent or changed. Try again; if it stays so, copy the details.',
  }),

  'invite.damaged': () => ({ title: 'This invite is damaged.', text: 'Part of it is missing. Copy the whole text, or ask for the file.' }),
  'invite.too-large': () => ({
    title: 'This is too large for an invite.',
    text: 'An invite is about 3 KB. Check whether it is the right file.',
  }),
  'invite.newer-version': () => ({ title: 'This invite was made by a newer Cairn.', text: 'Bring Cairn up to date, then open it again.' }),
  'invite.own': () => ({ title: 'This is your own invite.', text: 'Send it to somebody else.' }),
  'invite.expired': () => ({ title: 'This invite has expired.', text: 'Ask for a new one; they last 14 days.' }),
  'invite.used': () => ({
    title: 'This invite was already used.',
    text: 'It works once. If that wasn’t you, tell the person who sent it.',
  }),
  'invite.cancelled': () => ({ title: 'This invite was cancelled.', text: 'Ask the person who sent it for a new one.' }),
  'invite.blocked': (details) => ({
    title: typeof details['name'] === 'string' ? `You blocked ${details['name']}.` : 'You blocked this person.',
    text: 'Unblock first, then open the invite again.',
  }),
  'invite.for-somebody-else': () => ({
    title: 'This invite is meant for somebody else.',
    text: 'It names another person. Ask for one of your own.',
  }),
  'invite.already-connecting': () => ({
    title: 'You have already accepted this invite.',
    text: 'The conversation is in your list and shows how far it is.',
  }),
  'invite.not-found': () => ({
    title: 'Nothing lies behind this link.',
    text: 'It may be used, cancelled or expired, or it was cut short. Ask for a new one, or for the file.',
  }),
  'invite.unknown': () => ({ title: 'This invite is no longer in your list.', text: 'Make a new one.' }),

  'invite.needs-relay': () => ({
    title: 'A public address needs a relay.',
    text: 'You have none: nobody who finds the address could reach you. Add a relay under “Relays & network” first.',
  }),
  'invite.other-code': () => ({
    title: 'This code is not an invite.',
    text: 'It belongs to something else; nothing was opened. Ask for the code under “Invite someone”.',
  }),
  'request.unknown': () => ({ title: 'This request is no longer there.', text: 'It was answered, or it lapsed after 30 days.' }),

  'verify.other-code': () => ({
    title: 'This code is not a safety number.',
    text: 'Nothing was changed. On the other computer, open your conversation, then Details, and scan the code there.',
  }),
  'verify.newer-version': () => ({ title: 'This code was made by a newer Cairn.', text: 'Bring Cairn up to date, then scan it again.' }),
  'verify.own': () => ({
    title: 'This is your own code.',
    text: 'It proves nothing. Scan the one on the other person’s screen.',
  }),
  'verify.other-contact': (details) => ({
    title: typeof details['name'] === 'string' ? `This is the code of ${details['name']}.` : 'This is the code of somebody else you know.',
    text: 'Nothing was changed. Open the conversation with that person, then scan again.',
  }),
  'picture.too-large': () => ({
    title: 'This picture is too large.',
    text: 'Up to 32 MB and 50 megapixels can be looked at. Cut out the code and try that.',
  }),
  'picture.unsupported': () => ({ title: 'This kind of picture can’t be read.', text: 'Save it as PNG or JPEG, then try again.' }),
  'picture.damaged': () => ({ title: 'This picture is damaged.', text: 'Part of it is missing. Ask for it again, or take a new one.' }),
  'picture.no-code': () => ({
    title: 'There is no QR code to be seen in this picture.',
    text: 'It has to be sharp, whole and straight on. Cut out the code, or take a new picture.',
  }),
  'picture.several-codes': () => ({
    title: 'There is more than one code in this picture.',
    text: 'Cut out the one you mean, then try again.',
  }),
  'picture.slow': () => ({ title: 'Looking for a code took too long.', text: 'Nothing was opened. Cut out the code and try that.' }),
  'camera.none': () => ({
    title: 'No camera was found.',
    text: 'Connect one, or use a picture of the code instead: choose it, drop it or paste it.',
  }),
  'camera.denied': () => ({
    title: 'Cairn may not use the camera.',
    text: 'Allow it in the settings of this window and of the system, or use a picture of the code instead.',
  }),
  'camera.busy': () => ({
    title: 'The camera doesn’t start.',
    text: 'Another program may be using it. Close that program, then try again.',
  }),

  'file.unknown': () => ({ title: 'This file is not here any more.', text: 'Its message was deleted, or the file was never sent.' }),
  'file.too-large': () => ({ title: 'This file is larger than 100 MiB.', text: 'Pack it smaller, or send it in parts.' }),
  'file.too-many': () => ({ title: 'So many files cannot wait at once.', text: 'Send or remove some of them first.' }),
  'file.incomplete': () => ({ title: 'The file has not been read to its end.', text: 'Wait a moment, or choose it again.' }),
  'file.not-here': () => ({ title: 'The file is not on this computer.', text: 'Download it first, then forward it.' }),
  'file.gone': () => ({
    title: 'The file is no longer at the relay.',
    text: 'Relays keep files for 30 days. It has to be sent once more.',
  }),
  'file.damaged': () => ({
    title: 'The file is damaged.',
    text: 'What arrived, or what lies on this computer, is not what was sent. It has to be sent once more.',
  }),
  'microphone.none': () => ({ title: 'No microphone was found.', text: 'Connect one, then try again.' }),
  'microphone.denied': () => ({
    title: 'Cairn may not use the microphone.',
    text: 'Allow it in the settings of this window and of the system.',
  }),
  'microphone.busy': () => ({
    title: 'The microphone doesn’t start.',
    text: 'Another program may be using it. Close that program, then try again.',
  }),

  'session.none': () => ({ title: 'There is no session yet.', text: 'It opens as soon as the other computer answers.' }),
  'session.refused': () => ({
    title: 'The other side’s answer was refused.',
    text: 'It doesn’t fit this conversation. Nothing was changed.',
  }),
  'session.chain-full': () => ({
    title: 'The other computer hasn’t answered for very long.',
    text: 'New messages wait here until it does.',
  }),
  'session.too-many-resets': () => ({
    title: 'Too many resets in a short time.',
    text: 'Cairn waits a while before the next one. A fresh invite mends the conversation too.',
  }),
  'contact.unknown': () => ({ title: 'This person is no longer in your list.', text: 'An invite brings them back.' }),
  'contact.blocked': () => ({ title: 'You blocked this person.', text: 'Nothing was sent. Unblock first.' }),
  'contact.self': () => ({ title: 'These are your own notes.', text: 'This cannot be done with them.' }),
  'message.unknown': () => ({ title: 'This message is not here any more.', text: 'It was deleted, or it has disappeared.' }),
  'message.deleted': () => ({ title: 'This message was deleted.', text: 'Nothing can be done with it.' }),
  'message.not-own': () => ({ title: 'This message is not yours.', text: 'Only its author can change it, or delete it for both.' }),
  'message.too-late': () => ({ title: 'This message is too old to be changed.', text: 'Messages can be changed for 24 hours.' }),
  'message.too-long': () => ({ title: 'This message is too long.', text: 'It was not sent. Split it into two.' }),
  'exchange.unknown': () => ({ title: 'This is no longer going on.', text: 'It was finished or cancelled meanwhile.' }),

  'introduction.unknown': () => ({
    title: 'This introduction is no longer going on.',
    text: 'It was answered, taken back or too old.',
  }),
  'introduction.known': () => ({
    title: 'You are connected already.',
    text: 'You can write to this person without an introduction.',
  }),
  'introduction.too-many': () => ({
    title: 'Too many introductions are waiting.',
    text: 'Answer or cancel some of them, then try again.',
  }),
  'introduction.refused': () => ({
    title: 'The introduction did not work.',
    text: 'The invite that came was for somebody else, or not from the person you asked for. Nothing was accepted.',
  }),
  'group.refused': () => ({
    title: 'That change of the group is not valid.',
    text: 'It does not follow from what the group was before. Nothing was changed.',
  }),
  'group.unknown': () => ({
    title: 'This group is not here.',
    text: 'It may have been deleted on this computer.',
  }),
  'group.not-member': () => ({
    title: 'You are not a member of this group any more.',
    text: 'You can still read what was written before.',
  }),
  'group.not-allowed': () => ({
    title: 'That is for somebody else to do.',
    text: 'Only admins may change a group, and only its owner what concerns admins.',
  }),
  'group.full': () => ({
    title: 'The group is full.',
    text: 'Remove somebody first, or make a second group.',
  }),
  'group.owner': () => ({
    title: 'A group needs an owner.',
    text: 'Hand it over to an admin or dissolve it before you leave.',
  }),

  'keystore.wrong-passphrase': (details) => ({
    title: 'That passphrase doesn’t open Cairn.',
    text:
      details['seconds'] === undefined
        ? 'Check capitals and spaces; the wait grows with each try.'
        : `Next try in ${secondsWords(seconds(details))}; the wait grows each time.`,
  }),
  'keystore.in-use': () => ({
    title: 'Cairn is already running with this profile.',
    text: 'Go on in the other window, or close it first.',
  }),
  'keystore.damaged': () => ({
    title: 'The file with your messages and keys is damaged.',
    text: 'Nothing was overwritten. Put back a copy of the profile folder if you have one.',
  }),
  'keystore.newer-version': () => ({
    title: 'This profile was used by a newer Cairn.',
    text: 'Nothing was changed. Bring Cairn up to date, then open it again.',
  }),
  'keystore.disk-full': () => ({
    title: 'There is no room left on the disk.',
    text: 'The last change was not kept. Free some space, then try again.',
  }),
  'keystore.exists': () => ({
    title: 'There is already a profile here.',
    text: 'Nothing was overwritten. Reload the window to unlock it.',
  }),
  'keystore.missing': () => ({
    title: 'There is no profile here.',
    text: 'The file is gone or was moved. Put it back, then start Cairn again.',
  }),
  'keystore.unwritable': () => ({
    title: 'Cairn may not write to its folder.',
    text: 'The last change was not kept. Check the folder’s permissions, then try again.',
  }),
  'keychain.unavailable': () => ({
    title: 'The keychain of this computer is not there.',
    text: 'Cairn keeps the key of this profile in it. Sign in to your desktop as usual, then start Cairn’s own window.',
  }),
  'keychain.locked': () => ({
    title: 'The keychain of this computer is locked.',
    text: 'Unlock it (signing in to your computer usually does), then try again.',
  }),
  'keychain.refused': () => ({
    title: 'The keychain doesn’t give out the key of this profile.',
    text: 'It was made by another user or on another computer, or the question was answered with no. Nothing was changed.',
  }),
  'desktop.unavailable': () => ({
    title: 'Only Cairn’s own window can do that.',
    text: 'This one runs in a browser. Nothing was changed.',
  }),
  'profile.locked': () => ({ title: 'Cairn is locked.', text: 'Unlock it, then try again.' }),
  'profile.wait': (details) => ({
    title: 'Cairn waits after a wrong passphrase.',
    text: `Next try in ${secondsWords(seconds(details))}; the wait grows each time.`,
  }),

  'profile.unknown': () => ({ title: 'This profile is no longer there.', text: 'It may have been deleted in another window.' }),
  'profile.not-this-one': () => ({ title: 'That is not its name.', text: 'Nothing was deleted. Type the name as it is written above.' }),
  'profile.too-many': () => ({ title: 'There are too many profiles on this computer.', text: 'Delete one that you no longer need.' }),

  'relay.unknown': () => ({ title: 'This relay is no longer in your list.', text: 'Nothing was changed.' }),
  'relay.last': () => ({ title: 'You have to be met somewhere.', text: 'Add another relay first, or move to one.' }),
  'relay.no-network': () => ({
    title: 'This computer is on no network.',
    text: 'Nothing was changed. Connect it to one, then try again.',
  }),
  'relay.too-many': () => ({ title: 'That is one relay too many.', text: 'Four at once is the most. Leave one first.' }),
  'relay.address-invalid': () => ({
    title: 'This is not a relay’s address.',
    text: 'It looks like relay.example or wss://relay.example:7443.',
  }),
  'relay.unreachable': (details) => ({
    title: `${relay(details)} doesn’t answer.`,
    text: 'Check the address and your connection. Cairn keeps trying.',
  }),
  'relay.refused': (details) => ({ title: `${relay(details)} refused.`, text: 'It may be another kind of server, or of another version.' }),
  'relay.busy': (details) => ({ title: `${relay(details)} is busy.`, text: 'Cairn tries again by itself in a moment.' }),
  'relay.port-in-use': () => ({
    title: 'The relay on this computer couldn’t start.',
    text: 'Another program uses its port. Close that program, then try again.',
  }),
  'relay.certificate-changed': (details) => ({
    title: `${relay(details)} doesn’t show the key that its address names.`,
    text: 'Nothing was sent. It may have been set up anew, or somebody stands in between: ask whoever runs it for its address.',
  }),
  'relay.certificate-untrusted': (details) => ({
    title: `Nobody vouches for ${relay(details)}.`,
    text: 'Nothing was sent. A relay of its own making has a longer address, with a # in it: ask whoever runs it.',
  }),
  'lan.address-invalid': () => ({
    title: 'This is not the address of a computer.',
    text: 'It looks like 192.168.1.20 or 192.168.1.20:6711.',
  }),
  'lan.port-in-use': () => ({
    title: 'Another program listens there already.',
    text: 'Close it, or choose another port for direct connections.',
  }),
  'lan.unreachable': () => ({
    title: 'The other computer did not answer.',
    text: 'Is it switched on, on the same network, and is Cairn open there? A firewall may keep it from answering.',
  }),
  'lan.wrong-key': () => ({
    title: 'The other computer uses other keys.',
    text: 'It answered, but no secure connection came about. It may be another kind of program, or somebody is in between.',
  }),
  'lan.tampered': () => ({
    title: 'Something was changed on the way.',
    text: 'What arrived was not taken, and nothing was changed.',
  }),
  'lan.replayed': () => ({
    title: 'Something arrived a second time.',
    text: 'It was taken once only, and nothing was changed.',
  }),
  'lan.timeout': () => ({
    title: 'The other computer has gone silent.',
    text: 'The direct connection to it has ended. Nothing is lost: what waits goes another way, or when it is back.',
  }),
  'lan.closed': () => ({
    title: 'The direct connection has ended.',
    text: 'Nothing is lost: what waits goes another way, or when there is a new one.',
  }),
  'lan.stranger': () => ({
    title: 'Nobody there is a contact of yours.',
    text: 'There is a Cairn at this address, but it belongs to somebody you do not know, or who does not know you. Neither of you learned who the other is.',
  }),
  'lan.off': () => ({
    title: 'The direct connection is off.',
    text: 'Turn it on first: then others on your network can reach you, and you them.',
  }),
  'proxy.address-invalid': () => ({
    title: 'This is not a proxy’s address.',
    text: 'It looks like 127.0.0.1:9050. Nothing was changed.',
  }),
  'proxy.unreachable': () => ({
    title: 'The proxy doesn’t answer.',
    text: 'Nothing goes out without it. Check that it runs and that its address is right; Cairn keeps trying.',
  }),
  'proxy.refused': () => ({
    title: 'The proxy refused.',
    text: 'Nothing went out. Check its user name and password, and that it is a SOCKS5 proxy that lets Cairn through.',
  }),
  ...accountErrors,
  ...transferErrors,
  internal: (details) =>
    details['reason'] === 'host-gone' ? { title: 'Cairn is not running.', text: 'Start it again; this window goes on by itself.' } : inside,
}
