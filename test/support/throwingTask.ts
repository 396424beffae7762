/**
 * A process in which a task for after a commit throws.
 *
 *     node throwingTask.ts FILE
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { createDatabase } from '#main/storage/database.ts'
import { openEncryptedFile } from '#main/storage/encryptedFile.ts'

const path = process.argv[2] ?? ''
closeSync(openSync(path, 'wx'))
const database = createDatabase(openEncryptedFile(path, new Uint8Array(32)))
const result = database.transaction(() => {
  database.afterCommit(() => {
    throw new Error('a defect in a task')
  })
  database.afterCommit(() => void writeSync(1, 'the other task\n'))
  return 1
})
writeSync(1, `returned ${result}\n`)
