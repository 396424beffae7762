import type { Words } from '../types.ts'

const doer = (name: string | null): string => name ?? 'Du'
const has = (name: string | null): string => (name === null ? 'hast' : 'hat')

export const deGroups: Words['groups'] = {
  lines: {
    'group-created': (by) => `${doer(by)} ${has(by)} diese Gruppe gegründet.`,
    'group-joined': (by) => `${doer(by)} ${by === null ? 'bist' : 'ist'} beigetreten.`,
    'group-added': (by, whom) => `${doer(by)} ${has(by)} ${whom} hinzugefügt.`,
    'group-left': (by) => `${doer(by)} ${has(by)} die Gruppe verlassen.`,
    'group-removed': (by, whom) => `${doer(by)} ${has(by)} ${whom} entfernt.`,
    'group-renamed': (by, _whom, text) => `${doer(by)} ${has(by)} die Gruppe „${text}“ genannt.`,
    'group-picture': (by) => `${doer(by)} ${has(by)} das Bild der Gruppe geändert.`,
    'group-promoted': (by, whom) => `${doer(by)} ${has(by)} ${whom} zum Admin gemacht.`,
    'group-demoted': (by, whom) => `${doer(by)} ${has(by)} ${whom} die Rolle als Admin genommen.`,
    'group-owner': (by, whom) => `${doer(by)} ${has(by)} die Gruppe an ${whom} übergeben.`,
    'group-dissolved': (by) => `${doer(by)} ${has(by)} die Gruppe aufgelöst.`,
  },
}
