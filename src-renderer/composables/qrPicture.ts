import { computed, type ComputedRef } from 'vue'
import { drawQr, qrModules, type QrContent } from '../lib/qr.ts'

export interface QrPicture {
  /** A PNG as a `data:` address. */
  url: string
  /** How many modules it is wide, margin included. */
  modules: number
}

/** Pixels for each module in a picture that is saved: enough to be printed. */
const savedScale = 8

/** Null for nothing, and for what no QR code holds. */
export function useQrPicture(content: () => QrContent | null): ComputedRef<QrPicture | null> {
  return computed(() => {
    const given = content()
    const modules = given === null ? null : qrModules(given)
    return modules && { url: drawQr(modules, savedScale).toDataURL('image/png'), modules: modules.length }
  })
}
