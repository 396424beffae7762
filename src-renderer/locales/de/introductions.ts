import type { Words } from '../types.ts'

export const deIntroductions: Words['introductions'] = {
  by: (name) => `Vorgestellt von ${name}`,
  together: 'Gemeinsame Gruppen',
  list: 'Vorstellungen',
  menu: 'Vorstellen…',
  askMenu: 'Um eine Vorstellung bitten…',
  group: (name) => `Vorstellung von ${name}`,
  offers: (via, other) => `${via} bietet an, dir ${other} vorzustellen.`,
  wants: (via, other) => `${via} möchte dir ${other} vorstellen.`,
  asksYou: (other, target) => `${other} bittet dich um eine Vorstellung bei ${target}.`,
  offersText: 'Wenn du zustimmst, wird auch die andere Seite gefragt. Niemand erfährt etwas, bevor beide zustimmen.',
  wantsText: 'Wenn du zustimmst, seid ihr verbunden. Vergleicht eure Sicherheitsnummern, sobald es geht.',
  asksYouText: 'Wenn du zustimmst, wird die andere Seite gefragt. Was die beiden sich schreiben, kannst du nicht lesen.',
  accept: 'Annehmen',
  decline: 'Ablehnen',
  cancel: 'Abbrechen',
  with: (via, other) => `${via} und ${other}`,
  through: (other, via) => `${other}, durch ${via}`,
  state: {
    asks: 'Wartet auf dich',
    waiting: 'Wartet auf eine Antwort',
    connecting: 'Wird verbunden…',
    done: 'Verbunden',
    refused: 'Abgelehnt',
    expired: 'Keine Antwort in 7 Tagen',
    cancelled: 'Abgebrochen',
  },
  offer: {
    title: (name) => `${name} vorstellen`,
    lead: (name) => `Zuerst wird ${name} gefragt, dann die anderen. Verbunden werden sie, wenn beide zustimmen.`,
    action: 'Vorstellen',
    done: (name) => `${name} wird gefragt`,
  },
  ask: {
    title: (name) => `${name} um eine Vorstellung bitten`,
    lead: (name) =>
      `${name} wird gebeten, dich mit jemandem zusammenzubringen, dessen Kennung du weißt. Sie steht dort unter den technischen Angaben.`,
    label: 'Kennung der Person',
    hint: '64 Ziffern und Buchstaben von a bis f',
    action: 'Bitten',
    done: (name) => `${name} wird gefragt`,
  },
  pick: {
    nobody: 'Du bist noch mit niemand anderem verbunden.',
    full: (n) => (n === 1 ? 'Eine Person auf einmal.' : `${n} Personen auf einmal.`),
  },
  help: {
    action: 'Gemeinsame Bekannte bitten…',
    title: (name) => `Wer kennt ${name} auch?`,
    lead: (name) =>
      `Wer von deinen Kontakten auch mit ${name} verbunden ist, kann eine Einladung überbringen, ohne sie lesen oder benutzen zu können.`,
  },
}
