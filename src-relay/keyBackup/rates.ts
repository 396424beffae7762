/** How often accounts and keys may be asked for: by address where nobody is known yet, by account where it is. */
export const accountRates = {
  /** Sign-ins and registrations, by address. */
  signIns: { perSecond: 1 / 5, burst: 40 },
  /** By code: 2,880 guesses a day at one account, each of which costs the guesser an Argon2id. */
  signInsOfCode: { perSecond: 1 / 30, burst: 10 },
  /** Requests on an account's sessions. */
  sessionsOfAccount: { perSecond: 1, burst: 60 },
  /** Public keys, by address. */
  publicKeys: { perSecond: 1, burst: 60 },
  /** Requests to the key server, by address and by user. */
  keyServer: { perSecond: 1, burst: 120 },
  keyServerOfUser: { perSecond: 1 / 5, burst: 60 },
} as const
