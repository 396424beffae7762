import { describe, expect, it } from 'vitest'
import { fileDanger, fileKind, isSafeInline, plainType, savedFileName, shownFileName } from '#shared/files.ts'

describe('the name of a file', () => {
  it.each([
    ['photo.jpg', 'photo.jpg'],
    ['  two  words.txt ', 'two words.txt'],
    ['invoice\u202excod.exe', 'invoicexcod.exe'],
    ['a\u0000b\nc\u200bd', 'abcd'],
    ['\u202e', 'file'],
    ['\ud800x', '\ufffdx'],
  ])('%j is shown as %j', (name, shown) => {
    expect(shownFileName(name)).toBe(shown)
  })

  it.each([
    ['../../etc/passwd', '__.._etc_passwd'],
    ['.bashrc', '_bashrc'],
    ['C:\\x.txt', 'C__x.txt'],
    ['con.txt', '_con.txt'],
    ['LPT1', '_LPT1'],
    ['name. . .', 'name'],
    ['...', '_'],
    [`${'x'.repeat(250)}.tar.gz`, `${'x'.repeat(177)}.gz`],
  ])('%j is saved as %j', (name, saved) => {
    expect(savedFileName(name)).toBe(saved)
  })
})

describe('danger', () => {
  it.each([
    ['setup.exe', 'program'],
    ['SETUP.EXE', 'program'],
    ['setup.exe. ', 'program'],
    ['x.msi', 'program'],
    ['x.jar', 'program'],
    ['x.app', 'program'],
    ['run.bat', 'script'],
    ['run.ps1', 'script'],
    ['run.sh', 'script'],
    ['run.js', 'script'],
    ['page.html', 'page'],
    ['logo.svg', 'page'],
    ['letter.docm', 'macros'],
    ['x.lnk', 'shortcut'],
    ['x.desktop', 'shortcut'],
    ['photo.jpg.exe', 'disguised'],
    ['photo.jpg      .scr', 'disguised'],
    ['photo\u202egpj.exe', 'disguised'],
    ['photo\u202egpj.txt', 'disguised'],
    ['photo.jpg', null],
    ['notes.tar.gz', null],
    ['report.final.pdf', null],
    ['exe', 'program'],
    ['שלום.txt', null],
  ])('of %j: %s', (name, danger) => {
    expect(fileDanger(name)).toBe(danger)
  })
})

describe('the type of a file', () => {
  it('is plain, or unknown', () => {
    expect(['Audio/WebM; codecs=opus', 'text/plain', '', 'a/b\r\nX: y', 'image'].map(plainType)).toEqual([
      ...['audio/webm', 'text/plain', 'application/octet-stream', 'application/octet-stream', 'application/octet-stream'],
    ])
  })

  it('shows nothing but pictures and sounds in a page', () => {
    expect(['image/png', 'audio/webm'].map(isSafeInline)).toEqual([true, true])
    expect(['image/svg+xml', 'text/html', 'application/pdf', 'video/mp4', 'image/heic'].map(isSafeInline)).toEqual(Array(5).fill(false))
  })

  it('says what it is', () => {
    expect(fileKind('image/jpeg', null)).toBe('picture')
    expect(fileKind('audio/webm', 3)).toBe('voice')
    expect(fileKind('audio/webm', null)).toBe('file')
    expect(fileKind('image/svg+xml', null)).toBe('file')
  })
})
