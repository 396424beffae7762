/** Words about people whom somebody brings together. */
export const introductions = {
  by: (name: string) => `Introduced by ${name}`,
  together: 'Groups you share',
  list: 'Introductions',
  menu: 'Introduce to…',
  askMenu: 'Ask for an introduction…',
  group: (name: string) => `Introduction of ${name}`,
  /** What this person is asked, by who brings whom together. */
  offers: (via: string, other: string) => `${via} offers to introduce you to ${other}.`,
  wants: (via: string, other: string) => `${via} wants to introduce you to ${other}.`,
  asksYou: (other: string, target: string) => `${other} asks you to introduce them to ${target}.`,
  offersText: 'If you accept, the other one is asked too. Neither of you learns anything before both agree.',
  wantsText: 'If you accept, you are connected. Compare your safety numbers when you can.',
  asksYouText: 'If you accept, the other one is asked. You can’t read what they write to each other.',
  accept: 'Accept',
  decline: 'Decline',
  cancel: 'Cancel',
  with: (via: string, other: string) => `${via} and ${other}`,
  through: (other: string, via: string) => `${other}, through ${via}`,
  state: {
    asks: 'Waits for you',
    waiting: 'Waits for an answer',
    connecting: 'Connecting…',
    done: 'Connected',
    refused: 'Declined',
    expired: 'No answer within 7 days',
    cancelled: 'Cancelled',
  },
  offer: {
    title: (name: string) => `Introduce ${name} to…`,
    lead: (name: string) => `${name} is asked first, then the others. They are connected when both agree.`,
    action: 'Introduce',
    done: (name: string) => `${name} is asked`,
  },
  ask: {
    title: (name: string) => `Ask ${name} for an introduction`,
    lead: (name: string) =>
      `${name} is asked to bring you together with somebody whose id you know. It stands in that person’s technical details.`,
    label: 'Id of the person',
    hint: '64 digits and letters from a to f',
    action: 'Ask',
    done: (name: string) => `${name} is asked`,
  },
  pick: {
    nobody: 'You are not connected with anybody else yet.',
    full: (n: number) => (n === 1 ? 'One person at a time.' : `${n} people at a time.`),
  },
  help: {
    action: 'Ask somebody you both know…',
    title: (name: string) => `Who knows ${name} too?`,
    lead: (name: string) =>
      `One of your contacts who is connected with ${name} as well can take an invite to ${name}, without being able to read or use it.`,
  },
} as const
