/** A folder that electron-builder takes for an unpacked Electron for Linux: nothing in it runs, but its fuses can be set and read. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Electron's source, `fuses.json5`: the sentinel, the wire's version, its length, and a digit for each fuse. */
const wire = Buffer.concat([Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'), Buffer.of(1, 9), Buffer.from('101110001')])

export function makeElectronDist(dir: string, version: string): void {
  mkdirSync(join(dir, 'locales'), { recursive: true })
  mkdirSync(join(dir, 'resources'))
  writeFileSync(join(dir, 'electron'), Buffer.concat([Buffer.from('no program '), wire]), { mode: 0o755 })
  writeFileSync(join(dir, 'version'), version)
  for (const name of ['LICENSE', 'LICENSES.chromium.html', join('locales', 'en-US.pak')]) writeFileSync(join(dir, name), '')
}
