export const keyServerSchema = ''
