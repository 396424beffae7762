/** Where people are met, in words. */
import { idOfLanPlace } from '#shared/wire/lanPlace.ts'
import { words } from '../locales/index.ts'
import { relayName } from './names.ts'

/** A relay's name, or that it is this network. */
export const placeName = (address: string): string => (idOfLanPlace(address) === null ? relayName(address) : words.lan.place)

/** Whether somebody who is met there alone has no relay. */
export const isLanOnly = (places: readonly string[]): boolean => places.length > 0 && places.every((place) => idOfLanPlace(place) !== null)
