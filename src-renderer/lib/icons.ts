/** The drawings in `IconSprite.vue`. */
export type IconName = 'plus' | 'details' | 'back' | 'x' | 'check' | 'copy' | 'file' | 'link' | 'scan' | 'pencil' | 'ban' | 'people' | 'clock' | 'reset' | 'broken' | 'alert' | 'info' | 'lock' | 'key' | 'relay' | 'laptop' | 'download' | 'send' | 'eye' | 'hash' | 'down' | 'verified' | 'unverified' | 'mismatch'
