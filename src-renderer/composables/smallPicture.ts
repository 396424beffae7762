import { ref, type Ref } from 'vue'
import { CairnError } from '#shared/errors.ts'
import { toBase64 } from '../lib/base64.ts'
import { cleanPicture } from './cleanPictures.ts'
import { useAction } from './action.ts'

/** A picture small enough for everybody to have: chosen, drawn anew, and kept in base64. Errors: `picture.*`. */
export function useSmallPicture(first: string | null) {
  const picture: Ref<string | null> = ref(first)
  const { busy, error, run } = useAction(async (file: File) => {
    const { preview } = await cleanPicture(file, true)
    if (preview === null) throw new CairnError('picture.too-large')
    picture.value = toBase64(preview)
  })
  return { picture, busy, error, choose: run }
}
