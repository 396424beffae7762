/** What registration takes and gives. */
import * as v from 'valibot'

/** Letters, digits and `. _ : -`; begins with a letter or a digit. */
export const clientIdPattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/

export const clientIdSchema = v.pipe(v.string(), v.regex(clientIdPattern))
/** 32 bytes in padded base64, in the one way there is to write them. */
export const keySchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/))
/** Of the second, in UTC. */
const timeSchema = v.pipe(v.string(), v.regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/))

export const initSchema = v.strictObject({ client_id: clientIdSchema })
export const initAnswer = v.strictObject({ server_public_key: keySchema })
export const completeSchema = v.strictObject({ client_id: clientIdSchema, public_key: keySchema })
export const completeAnswer = v.strictObject({ api_key: v.pipe(v.string(), v.regex(/^[\w-]{43}$/)), registered: v.literal(true) })
export const sessionSchema = v.strictObject({ client_id: clientIdSchema, ephemeral: keySchema })
export const sessionAnswer = v.strictObject({ session_id: v.pipe(v.string(), v.regex(/^[\w-]{22}$/)), ephemeral: keySchema })
export const deviceAnswer = v.strictObject({ client_id: clientIdSchema, registered_at: timeSchema, last_seen: timeSchema })
export const removedAnswer = v.strictObject({ client_id: clientIdSchema, registered: v.literal(false) })

const yaml = { time: v.pipe(v.string(), v.isoTimestamp(), v.maxLength(40)), text: v.pipe(v.string(), v.maxLength(200)) }

/** `server_keys.yaml`. */
export const serverKeysSchema = v.strictObject({
  keys: v.map(
    clientIdSchema,
    v.strictObject({ client_id: clientIdSchema, public_key: keySchema, secret_key: yaml.text, created_at: yaml.time }),
  ),
})

/** `client_config.yaml`. */
export const clientConfigSchema = v.strictObject({
  clients: v.map(
    clientIdSchema,
    v.strictObject({
      ...{ client_id: clientIdSchema, client_public_key: keySchema, server_key_id: clientIdSchema },
      ...{ registered_at: yaml.time, last_seen: yaml.time },
    }),
  ),
})

/** A time as it stands in answers and files. */
export const toTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')
