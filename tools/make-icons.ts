/**
 * `npm run icons`: every picture of the program from the one drawing, `resources/icon.svg`. Chromium draws, because it is here for the tests
 * anyway and knows all of SVG; the containers of macOS and Windows are written by a library.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { IconIcns, IconIco } from '@shockpkg/icon-encoder'
import { chromium } from 'playwright'
import { launchOptions } from '../test/browser.ts'
import { root } from './run.ts'

const resources = join(root, 'resources')
const drawing = readFileSync(join(resources, 'icon.svg'), 'utf8')

interface Look {
  /** What part of the drawing is the picture, as an SVG `viewBox`. */
  box: string
  /** What is hidden, and how the rest is coloured. */
  style: string
}

// In one colour only gaps tell the stones apart.
const apart = '#middle,#top,#stones{transform:none}'

/** macOS leaves a margin around its icons; elsewhere the tile fills the picture. */
const looks = {
  mac: { box: '0 0 1024 1024', style: '#dot{display:none}' },
  full: { box: '84 84 856 856', style: '#dot{display:none}' },
  unread: { box: '84 24 916 916', style: '' },
  template: { box: '212 216 604 604', style: `#tile,#shadow,#dot{display:none}#stones{fill:#000}${apart}` },
  // The dot bites a gap out of the stones: in one colour nothing else would show it.
  templateUnread: {
    box: '212 176 644 644',
    style: `#tile,#shadow{display:none}#stones{fill:#000;mask:url(#bite)}#dot circle:first-child{display:none}#dot circle{fill:#000;r:118px;cx:730px;cy:300px}${apart}`,
  },
  overlay: { box: '600 24 400 400', style: '#tile,#shadow,#stones{display:none}' },
} satisfies Record<string, Look>

const bite =
  '<mask id="bite" maskUnits="userSpaceOnUse" x="0" y="0" width="1024" height="1024"><rect width="1024" height="1024" fill="#fff"/><circle cx="730" cy="300" r="168" fill="#000"/></mask>'

const browser = await chromium.launch(launchOptions())

async function draw({ box, style }: Look, size: number): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: size, height: size } })
  const svg = drawing
    .replace(/viewBox="[^"]*"/, `viewBox="${box}" width="${size}" height="${size}" style="display:block"`)
    .replace('</defs>', `${bite}</defs><style>${style}</style>`)
  await page.setContent(`<body style="margin:0">${svg}</body>`)
  const png = await page.screenshot({ omitBackground: true })
  await page.close()
  return png
}

const write = (name: string, bytes: Uint8Array): void => {
  const path = join(resources, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
}

/** electron-builder takes this folder for Linux; the names are what it looks for. */
async function pngs(): Promise<void> {
  for (const size of [16, 24, 32, 48, 64, 128, 256, 512, 1024]) write(`icons/${size}x${size}.png`, await draw(looks.full, size))
}

async function icns(): Promise<void> {
  const icon = new IconIcns()
  icon.toc = true
  const types: [number, ...string[]][] = [[16, 'icp4'], [32, 'icp5', 'ic11'], [64, 'ic12'], [128, 'ic07'], [256, 'ic08', 'ic13'], [512, 'ic09', 'ic14'], [1024, 'ic10']] // prettier-ignore
  for (const [size, ...names] of types) await icon.addFromPng(await draw(looks.mac, size), names)
  write('icon.icns', icon.encode())
}

async function ico(): Promise<void> {
  const icon = new IconIco()
  for (const size of [16, 20, 24, 32, 40, 48, 64, 256]) await icon.addFromPng(await draw(looks.full, size), size === 256)
  write('icon.ico', icon.encode())
}

async function tray(): Promise<void> {
  const pictures: [string, Look, number][] = [
    ['tray', looks.full, 24],
    ['unread', looks.unread, 24],
    ['trayTemplate', looks.template, 16],
    ['unreadTemplate', looks.templateUnread, 16],
    ['overlay', looks.overlay, 16],
  ]
  for (const [name, look, size] of pictures) {
    write(`tray/${name}.png`, await draw(look, size))
    write(`tray/${name}@2x.png`, await draw(look, size * 2))
  }
}

for (const made of ['icons', 'tray']) rmSync(join(resources, made), { recursive: true, force: true })
for (const make of [pngs, icns, ico, tray]) await make()
await browser.close()
