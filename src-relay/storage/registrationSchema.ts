export const registrationSchema = ''
