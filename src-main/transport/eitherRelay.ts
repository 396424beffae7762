/**
 * WebSocket where it gets through, long polling where it does not. A network that blocks WebSocket lets the connection come about and
 * stops the upgrade; then polling is tried on the spot. Where polling was what worked it comes first from then on, and now and then
 * WebSocket is tried beside it.
 */
import { formatRelayAddress } from '#shared/wire/relayAddress.ts'
import type { RelayAddress } from '#shared/wire/relayAddress.ts'
import type { CairnError } from '#shared/errors.ts'
import type { Clock, Logger } from '../ports.ts'
import type { Dial, FrameSocket, FrameSocketEvents } from './dial.ts'

const tryAgainMs = 10 * 60_000

export const dialEither = (options: { webSocket: Dial; polling: Dial; clock: Clock; logger: Logger; tryAgainAfterMs?: number }): Dial => {
  const { webSocket, polling, clock, logger, tryAgainAfterMs = tryAgainMs } = options
  /** Addresses where WebSocket did not get through, and polling did. */
  const blocked = new Set<string>()

  const ignored: Omit<FrameSocketEvents, 'onOpen' | 'onClose'> = { onFrame: () => undefined, onDrain: () => undefined }

  /** Whether WebSocket gets through by now; the answer ends the attempt. */
  const probe = (address: RelayAddress, done: (gotThrough: boolean) => void): (() => void) => {
    const socket = webSocket(address, {
      ...ignored,
      onOpen: () => {
        socket.close()
        done(true)
      },
      onClose: () => done(false),
    })
    return () => socket.close()
  }

  return (address, events) => {
    const name = formatRelayAddress(address)
    let current: FrameSocket
    let isClosed = false
    let cancelProbe = (): void => undefined

    const probeLater = (): void => {
      cancelProbe = clock.after(tryAgainAfterMs, () => {
        cancelProbe = probe(address, (gotThrough) => {
          if (isClosed) return
          if (!gotThrough) return probeLater()
          blocked.delete(name)
          events.onBetter?.()
        })
      })
    }

    const poll = (whyNotWebSocket: CairnError | null): void => {
      let isOpen = false
      current = polling(address, {
        ...events,
        onOpen: () => {
          isOpen = true
          if (!blocked.has(name)) logger.info('relay.polling')
          blocked.add(name)
          probeLater()
          events.onOpen()
        },
        onClose: (error, isBlocked) => {
          cancelProbe()
          if (!isOpen) blocked.delete(name)
          // Where neither works the first way says what is wrong: a server of another kind refuses both.
          events.onClose(isOpen ? error : (whyNotWebSocket ?? error), isBlocked)
        },
      })
    }

    if (blocked.has(name)) poll(null)
    else
      current = webSocket(address, {
        ...events,
        onClose: (error, isBlocked) => {
          if (isBlocked === true && !isClosed) poll(error)
          else events.onClose(error, isBlocked)
        },
      })

    return {
      send: (frame) => current.send(frame),
      buffered: () => current.buffered(),
      close: () => {
        isClosed = true
        cancelProbe()
        current.close()
      },
    }
  }
}
