export const directorySchema = ''
