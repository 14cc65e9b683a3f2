import { describe, expect, test } from 'vitest'
import { ShadowMemory } from '../../src/app/shadow-memory.ts'
import { Turns } from '../../src/app/turns.ts'

describe('the memory of the shadow thread', () => {
  test.each([
    [99, true],
    [100, true],
    [101, false],
  ])('of 100 bytes has room for %i: %s', (bytes, expected) => {
    expect(new ShadowMemory(100).share().room(bytes)).toBe(expected)
  })

  test('is one for all requests, and free again when one is over', () => {
    const memory = new ShadowMemory(100)
    const [one, other] = [memory.share(), memory.share()]
    expect([one.room(60), other.room(41), other.room(40), one.room(1)]).toEqual([true, false, true, false])
    expect(memory.held).toBe(100)
    one.close()
    one.close()
    expect(memory.held).toBe(40)
    expect(other.room(60)).toBe(true)
  })

  test('keeps copies until their request is over, and then nobody sees anything through what is left of them', () => {
    const memory = new ShadowMemory(100)
    const [one, other] = [memory.share(), memory.share()]
    const source = Buffer.from('of one')
    const copy = one.keep(source)
    source.fill(0)
    expect(copy?.toString()).toBe('of one')
    expect(memory.held).toBe(6)
    one.close()
    expect(copy).toHaveLength(0)
    expect(memory.held).toBe(0)
    other.keep(Buffer.from('of another'))
    expect(copy).toHaveLength(0)
  })

  test('keeps what is the same within one request once, and for another request again', () => {
    const memory = new ShadowMemory(100)
    const [one, other] = [memory.share(), memory.share()]
    const copies = [
      one.keep(Buffer.from('same')),
      one.keep(Buffer.from('same')),
      one.keep(Buffer.from('else')),
      other.keep(Buffer.from('same')),
    ]
    expect(copies.map(String)).toEqual(['same', 'same', 'else', 'same'])
    expect(memory.held).toBe(12)
    one.close()
    expect(copies.map(String)).toEqual(['', '', '', 'same'])
    expect(memory.held).toBe(4)
  })

  test('keeps nothing for a request that is over, nor what there is no room for', () => {
    const memory = new ShadowMemory(3)
    const share = memory.share()
    expect(share.keep(Buffer.from('four'))).toBeUndefined()
    share.close()
    expect(share.keep(Buffer.from('a'))).toBeUndefined()
    expect(memory.held).toBe(0)
  })

  test('counts a request that finds no room once', () => {
    const memory = new ShadowMemory(100)
    const [one, other] = [memory.share(), memory.share()]
    for (const share of [one, one, other]) share.room(101)
    expect(memory.shed).toEqual({ requests: 0, bytes: 2, backlog: 0, control: 0, confirm: 0 })
  })
})

describe('pairs that wait to be compared', () => {
  /** Work that ends when it is told to. */
  function works(turns: Turns) {
    const begun: number[] = []
    const ends: (() => void)[] = []
    const taken = (id: number, bytes = 1): Promise<number | undefined> =>
      turns.take(bytes, async () => {
        begun.push(id)
        await new Promise<void>((resolve) => ends.push(resolve))
        return id
      })
    return { begun, ends, taken }
  }
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  test('are as many as the limit, and no more', async () => {
    const { begun, ends, taken } = works(new Turns({ atOnce: 2, waiting: 2, waitingBytes: 100 }))
    const all = [1, 2, 3, 4].map((id) => taken(id))
    expect(await taken(5)).toBeUndefined()
    await settled()
    expect(begun).toEqual([1, 2])
    while (ends.length > 0) {
      ends.shift()?.()
      await settled()
    }
    expect(begun).toEqual([1, 2, 3, 4])
    expect(await Promise.all(all)).toEqual([1, 2, 3, 4])
  })

  test('have as many bytes as the limit, and no more; one of any size may wait', async () => {
    const { begun, ends, taken } = works(new Turns({ atOnce: 1, waiting: 10, waitingBytes: 100 }))
    const all = [taken(1, 500), taken(2, 60), taken(3, 40)]
    expect(await taken(4, 1)).toBeUndefined()
    ends.shift()?.()
    await settled()
    expect(begun).toEqual([1, 2])
    all.push(taken(5, 60))
    expect(await taken(6, 1)).toBeUndefined()
    while (ends.length > 0) {
      ends.shift()?.()
      await settled()
    }
    all.push(taken(7, 1))
    const large = taken(8, 500)
    expect(await taken(9, 1)).toBeUndefined()
    while (ends.length > 0) {
      ends.shift()?.()
      await settled()
    }
    expect(await Promise.all([...all, large])).toEqual([1, 2, 3, 5, 7, 8])
  })

  test('let the event loop have its turn after some bytes', async () => {
    const turns = new Turns({ atOnce: 1, waiting: 10, waitingBytes: 1_000_000 })
    const seen: string[] = []
    const all = ['a', 'b', 'c'].map((name) => turns.take(200_000, () => Promise.resolve(seen.push(name))))
    setImmediate(() => seen.push('loop'))
    await Promise.all(all)
    expect(seen).toEqual(['a', 'loop', 'b', 'c'])
  })

  test('make place for others when one of them fails', async () => {
    const turns = new Turns({ atOnce: 1, waiting: 1, waitingBytes: 1 })
    await expect(turns.take(1, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await turns.take(1, () => Promise.resolve('yes'))).toBe('yes')
  })
})
