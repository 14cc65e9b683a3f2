import type { Socket } from 'node:net'
import { toPlain } from './fatal.ts'
import type { ChildMessage, ParentMessage } from './messages.ts'

/** Tells the supervisor something. Nothing happens when it is gone: then this process is about to end as well. */
export function tell(message: ChildMessage): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

/** The life of a child process, as its module fills it in. */
export interface ChildLife {
  readonly start: (message: Extract<ParentMessage, { kind: 'start' }>) => Promise<{ readonly port?: number }>
  readonly hear: (message: Exclude<ParentMessage, { kind: 'start' | 'connection' | 'drain' }>) => void
  readonly connection?: (socket: Socket) => void
  /** Finishes what is under way. The process exits when it resolves. */
  readonly drain: (idleMs: number) => Promise<void>
}

/**
 * Runs a child of the supervisor: waits for `start`, then listens. A start that fails is told to the supervisor and ends the process. When
 * the supervisor is gone, or asks for it, the process drains and exits. Signals that end a tree are the supervisor's business
 * alone: Ctrl-C reaches the whole process group, and systemd sends SIGTERM to every process of a unit (`KillMode=control-group`).
 */
export function runChild(title: string, life: ChildLife): void {
  let draining: Promise<void> | undefined
  const drain = (idleMs: number): void => {
    draining ??= life.drain(idleMs).finally(() => process.exit(0))
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
  process.on('disconnect', () => drain(0))
  process.on('message', (said, handle) => {
    const message = said as ParentMessage // only the supervisor speaks to us, in this type
    switch (message.kind) {
      case 'start':
        process.title = `banyan ${message.name}`
        life.start(message).then(
          (ready) => tell({ kind: 'ready', ...ready }),
          // What is closed before it was open is no fault.
          (error: unknown) => (draining === undefined ? failStart(error) : undefined),
        )
        break
      case 'connection':
        // The handle is missing when the client closed the connection on its way here.
        if (handle !== undefined) life.connection?.(handle as Socket)
        tell({ kind: 'took', id: message.id })
        break
      case 'drain':
        drain(message.idleMs)
        break
      case 'order':
      case 'report':
      case 'rules':
      case 'certificates':
      case 'writes':
      case 'rule-problems':
      case 'tree':
        life.hear(message)
        break
    }
  })
  process.title = `banyan ${title}`
}

function failStart(error: unknown): void {
  process.send?.({ kind: 'fatal', error: toPlain(error) } satisfies ChildMessage, undefined, undefined, () => process.exit(2))
}
