/** Pictures as cameras write them. */
import type { Page } from 'playwright/test'

const ascii = (text: string) => Buffer.from(text, 'latin1')
const u16 = (n: number) => Buffer.from([n >> 8, n & 255])
const u32 = (n: number) => Buffer.from([n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255])
/** An entry of a TIFF directory, big-endian. */
const entry = (tag: number, type: number, count: number, value: Buffer) => Buffer.concat([u16(tag), u16(type), u32(count), value])

/** A JPEG of 320 by 240 whose camera was held upright, so that it is shown 240 by 320, with a place in it that says `GPS-MARK`. */
export async function withGps(page: Page): Promise<Buffer> {
  const base64 = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(320, 240)
    const context = canvas.getContext('2d')
    if (!context) throw new Error('no canvas')
    const sky = context.createLinearGradient(0, 0, 320, 240)
    sky.addColorStop(0, '#d98b4a')
    sky.addColorStop(1, '#24506b')
    context.fillStyle = sky
    context.fillRect(0, 0, 320, 240)
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer())
    return btoa(String.fromCharCode(...bytes))
  })
  const jpeg = Buffer.from(base64, 'base64')
  const gpsAt = 8 + 2 + 2 * 12 + 4
  const first = Buffer.concat([u16(2), entry(0x0112, 3, 1, Buffer.from([0, 6, 0, 0])), entry(0x8825, 4, 1, u32(gpsAt)), u32(0)])
  const gps = Buffer.concat([u16(1), entry(0x001c, 2, 9, u32(gpsAt + 2 + 12 + 4)), u32(0), ascii('GPS-MARK\0')])
  const exif = Buffer.concat([ascii('Exif\0\0MM\0*'), u32(8), first, gps])
  return Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, 0xe1]), u16(exif.length + 2), exif, jpeg.subarray(2)])
}
