import { onUnmounted, ref } from 'vue'
import { CairnError } from '#shared/errors.ts'

const named: Record<string, 'microphone.none' | 'microphone.denied'> = {
  NotFoundError: 'microphone.none',
  OverconstrainedError: 'microphone.none',
  NotAllowedError: 'microphone.denied',
  SecurityError: 'microphone.denied',
}
const type = 'audio/webm;codecs=opus'
/** 32 kbit/s: speech loses nothing, and an hour has 14 MB. */
const audioBitsPerSecond = 32_000
const lookEvery = 100

/** A microphone for as long as somebody records. Errors: `microphone.*`. */
export function useRecorder() {
  const [seconds, level] = [ref(0), ref(0)]
  let gone = false
  let end: () => void = () => undefined
  let recorder: MediaRecorder | null = null
  const parts: Blob[] = []

  async function start(): Promise<void> {
    const stream = await listen()
    if (gone) return stop(stream) // closed while the person was asked
    const context = new AudioContext()
    const analyser = context.createAnalyser()
    context.createMediaStreamSource(stream).connect(analyser)
    const samples = new Float32Array(analyser.fftSize)
    const begun = performance.now()
    const timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples)
      seconds.value = (performance.now() - begun) / 1000
      level.value = Math.min(1, Math.max(...samples.map(Math.abs)) * 1.5)
    }, lookEvery)
    recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond })
    recorder.ondataavailable = ({ data }) => void parts.push(data)
    recorder.start(1000)
    end = () => {
      clearInterval(timer)
      stop(stream)
      void context.close()
      end = () => undefined
    }
  }

  const listen = (): Promise<MediaStream> => {
    const devices = navigator.mediaDevices as MediaDevices | undefined
    if (!devices) return Promise.reject(new CairnError('microphone.none'))
    return devices.getUserMedia({ audio: true, video: false }).catch((error: unknown) => {
      throw new CairnError((error instanceof Error && named[error.name]) || 'microphone.busy', { cause: error })
    })
  }
  const stop = (stream: MediaStream) => stream.getTracks().forEach((track) => track.stop())

  /** What was recorded; null where nothing was. */
  async function finish(): Promise<{ sound: Blob; seconds: number } | null> {
    const mine = recorder
    if (mine?.state !== 'recording') return null
    const stopped = new Promise((resolve) => mine.addEventListener('stop', resolve, { once: true }))
    mine.stop()
    await stopped
    end()
    return { sound: new Blob(parts, { type: 'audio/webm' }), seconds: Math.max(1, Math.round(seconds.value)) }
  }

  onUnmounted(() => {
    gone = true
    end()
  })
  return { seconds, level, start, finish }
}
