import type { Answer, AppEvent } from '#shared/contract/events.ts'
import type { Bridge, BridgeListener, Link } from './bridge.ts'

const gone = (reason: string): Answer<never> => ({ ok: false, error: { code: 'internal', details: { reason } } })
const retryMs = 1_500

/**
 * The bridge to the Node host: calls as `POST /api/call`, events by a WebSocket at `/api/events`, both on the page's own
 * origin with the session cookie it already has.
 */
export function createHttpBridge({ origin }: { origin: string }): Bridge {
  const listeners = new Set<BridgeListener>()

  async function call(method: string, input: unknown): Promise<Answer<unknown>> {
    const response = await post(origin, method, input)
    if (response === null) return gone('host-gone')
    if (response.status === 401) {
      for (const listener of listeners) listener.link('signed-out')
      return gone('signed-out')
    }
    return readAnswer(response)
  }

  function subscribe(listener: BridgeListener): () => void {
    let closed = false
    let socket: WebSocket | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    listeners.add(listener)

    const connect = () => {
      if (closed) return
      socket = new WebSocket(new URL('/api/events', origin.replace(/^http/, 'ws')))
      socket.onopen = () => listener.link('up')
      socket.onmessage = (message: MessageEvent<string>) => listener.event(JSON.parse(message.data) as AppEvent)
      socket.onclose = () => void lost()
    }
    const lost = async () => {
      if (closed) return
      listener.link(await probe(origin))
      // A browser does not say why a WebSocket was refused, so ask in a way that answers, and come back later.
      timer = setTimeout(connect, retryMs)
    }
    connect()
    return () => {
      closed = true
      clearTimeout(timer)
      listeners.delete(listener)
      socket?.close()
    }
  }

  return { call, subscribe }
}

async function post(origin: string, method: string, input: unknown): Promise<Response | null> {
  try {
    return await fetch(new URL('/api/call', origin), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ method, input }),
    })
  } catch {
    return null // fetch throws only when nobody answers
  }
}

async function readAnswer(response: Response): Promise<Answer<unknown>> {
  try {
    return (await response.json()) as Answer<unknown>
  } catch {
    return gone(`http-${response.status}`)
  }
}

async function probe(origin: string): Promise<Link> {
  const response = await post(origin, 'app.state', {})
  return response?.status === 401 ? 'signed-out' : 'down'
}
