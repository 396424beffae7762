/** What is known of a file by its name and type: what it is shown as, whether it is dangerous, what it may be called on a disk. */

export type FileKind = 'picture' | 'voice' | 'file'
/** What a file can do to whoever opens it, as far as its name says; `disguised`: the name also hides it. */
export type FileDanger = 'program' | 'script' | 'page' | 'macros' | 'shortcut' | 'disguised'

const pictureTypes: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/gif'])
const soundTypes: ReadonlySet<string> = new Set([
  'audio/webm',
  'audio/ogg',
  'audio/mpeg',
  'audio/mp4',
  'audio/wav',
  'audio/aac',
  'audio/flac',
])

/** Types that a browser shows without running anything in them. */
export const isSafeInline = (type: string): boolean => pictureTypes.has(type) || soundTypes.has(type)

export const fileKind = (type: string, seconds: number | null): FileKind =>
  pictureTypes.has(type) ? 'picture' : soundTypes.has(type) && seconds !== null ? 'voice' : 'file'

/** A media type without its parameters, in lower case; what is none counts as unknown bytes. */
export function plainType(type: string): string {
  const plain = (type.split(';', 1)[0] ?? '').trim().toLowerCase()
  return /^[a-z0-9][\w.+-]*\/[a-z0-9][\w.+-]*$/.test(plain) ? plain : 'application/octet-stream'
}

/** Control characters, and those that turn the direction of writing or take no room. */
const hidden = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu
const turns = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

/** As a person sees it: nothing in it that is not seen. */
export const shownFileName = (name: string): string => name.toWellFormed().replace(hidden, '').replace(/\s+/gu, ' ').trim() || 'file'

const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i
const longestSaved = 180

/** A name that every system takes, in the folder that the person chooses and nowhere else. */
export function savedFileName(name: string): string {
  const plain = shownFileName(name)
    .replace(/[<>:"/\\|?*]/g, '_')
    .replace(/^[.~]+/, '_')
    .replace(/[. ]+$/, '')
  const safe = plain === '' ? 'file' : reserved.test(plain) ? `_${plain}` : plain
  return shortened(safe)
}

function shortened(name: string): string {
  if (name.length <= longestSaved) return name
  const dot = name.lastIndexOf('.')
  const ending = dot > 0 && name.length - dot <= 16 ? name.slice(dot) : ''
  return `${name.slice(0, longestSaved - ending.length).toWellFormed()}${ending}`
}

const endings: Readonly<Record<Exclude<FileDanger, 'disguised'>, readonly string[]>> = {
  program:
    'exe msi msix msixbundle appx appxbundle com scr pif cpl dll sys drv ocx jar app dmg pkg deb rpm apk ipa appimage run bin gadget iso img vhd vhdx xpi crx'.split(
      ' ',
    ),
  script:
    'bat cmd ps1 psm1 psd1 ps1xml vbs vbe js jse mjs cjs ws wsf wsh wsc sct hta msc sh bash zsh fish csh ksh command tool py pyw pyc pl rb php lua reg inf applescript scpt workflow'.split(
      ' ',
    ),
  page: 'html htm xhtml xht shtml mhtml mht svg svgz xml xsl xslt swf chm'.split(' '),
  macros: 'docm dotm xlsm xltm xlam xlsb xll pptm potm ppam ppsm sldm accde accdb mdb iqy slk one'.split(' '),
  shortcut: 'lnk url desktop webloc inetloc fileloc scf library-ms search-ms appref-ms settingcontent-ms theme themepack'.split(' '),
}
const dangerOf = new Map(Object.entries(endings).flatMap(([danger, list]) => list.map((ending) => [ending, danger as FileDanger] as const)))
const harmless =
  /\.(jpe?g|png|gif|webp|heic|bmp|tiff?|pdf|txt|rtf|docx?|xlsx?|pptx?|odt|ods|odp|mp[34]|m4a|wav|ogg|webm|mov|avi|zip|csv)[\s_.]*\.[^.]+$/i

/** By the name as it was sent: what hides in it counts. */
export function fileDanger(name: string): FileDanger | null {
  const shown = shownFileName(name).replace(/[. ]+$/, '') // Windows drops them, and opens what stands before
  const danger = dangerOf.get(shown.slice(shown.lastIndexOf('.') + 1).toLowerCase()) ?? null
  if (turns.test(name) && (danger !== null || /[\u202d\u202e]/u.test(name))) return 'disguised'
  return danger !== null && harmless.test(shown) ? 'disguised' : danger
}
