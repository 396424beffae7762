import { onUnmounted, ref, shallowRef } from 'vue'
import { CairnError } from '#shared/errors.ts'

/** What the browser says when it gives no camera, in this program's names. */
const named: Record<string, 'camera.none' | 'camera.denied'> = {
  NotFoundError: 'camera.none',
  OverconstrainedError: 'camera.none',
  NotAllowedError: 'camera.denied',
  SecurityError: 'camera.denied',
}
const refusal = (error: unknown) => new CairnError((error instanceof Error && named[error.name]) || 'camera.busy', { cause: error })

/** A camera for as long as somebody looks through it. The one at the back of a tablet is asked for first. */
export function useCamera() {
  const stream = shallowRef<MediaStream | null>(null)
  const error = ref<unknown>(null)
  const cameras = ref<string[]>([])
  let gone = false
  let round = 0

  async function start(deviceId?: string): Promise<void> {
    const mine = ++round
    stop()
    error.value = null
    try {
      const opened = await open(deviceId)
      if (gone || mine !== round) return end(opened) // closed while the person was asked
      stream.value = opened
      const devices = await navigator.mediaDevices.enumerateDevices()
      cameras.value = devices.filter(({ kind }) => kind === 'videoinput').map((device) => device.deviceId)
    } catch (failure) {
      if (!gone && mine === round) error.value = failure instanceof CairnError ? failure : refusal(failure)
    }
  }

  function open(deviceId: string | undefined): Promise<MediaStream> {
    // absent where the page is not from this computer
    const devices = navigator.mediaDevices as MediaDevices | undefined
    if (!devices) return Promise.reject(new CairnError('camera.none'))
    const which = deviceId === undefined ? { facingMode: { ideal: 'environment' } } : { deviceId: { exact: deviceId } }
    return devices.getUserMedia({ audio: false, video: { ...which, width: { ideal: 1280 }, height: { ideal: 720 } } })
  }

  function next(): void {
    const current = stream.value?.getVideoTracks()[0]?.getSettings().deviceId
    const at = cameras.value.findIndex((id) => id === current)
    void start(cameras.value[(at + 1) % cameras.value.length])
  }

  function stop(): void {
    if (stream.value) end(stream.value)
    stream.value = null
  }
  const end = (opened: MediaStream) => opened.getTracks().forEach((track) => track.stop())

  onUnmounted(() => {
    gone = true
    stop()
  })
  return { stream, error, cameras, start, next }
}
