import { Socket } from 'node:net'
import { Pool, type PoolClient, type PoolConfig } from 'pg'

/**
 * Connections that are given up when the network says nothing any more. The driver itself waits for ever for an answer that was lost on the way, and what waits
 * holds a place of the pool and, in the database, its locks.
 */
export class PatientPool extends Pool {
  /** @param silenceMs longer than any statement may take */
  constructor(config: PoolConfig, silenceMs: number) {
    super(config)
    this.on('connect', ({ connection: { stream } }) => {
      if (stream instanceof Socket)
        stream.setTimeout(silenceMs, () => stream.destroy(new Error(`PostgreSQL did not answer for ${silenceMs / 1_000} s`)))
    })
  }

  override connect(): Promise<PoolClient>
  override connect(callback: Parameters<Pool['connect']>[0]): void
  override connect(callback?: Parameters<Pool['connect']>[0]): Promise<PoolClient> | void {
    return callback === undefined ? super.connect().then(givenBackWhenLost) : super.connect(callback)
  }
}

/**
 * drizzle does not give back a connection that is lost before its transaction has begun: the place in the pool would be lost with it. And nobody listens to one
 * that is lost between two statements, which would end the process.
 */
function givenBackWhenLost(client: PoolClient): PoolClient {
  const release = client.release.bind(client)
  let isHeld = true
  const giveBack: PoolClient['release'] = (error) => {
    if (!isHeld) return
    isHeld = false
    client.off('end', onEnd)
    client.off('error', onError)
    release(error)
  }
  const onEnd = (): void => giveBack(true)
  // The next statement is told.
  const onError = (): void => {}
  client.once('end', onEnd)
  client.on('error', onError)
  client.release = giveBack
  return client
}
