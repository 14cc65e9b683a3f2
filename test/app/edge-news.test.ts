import { expect, test } from 'vitest'
import { EdgeNewsDesk } from '../../src/app/edge-news.ts'
import type { EdgeNews, ParentMessage } from '../../src/app/messages.ts'

/** Two edges, and what the supervisor tells them about lanes. */
function start() {
  const edgeOf = (name: string) => {
    const told: ParentMessage[] = []
    return { name, told, send: (message: ParentMessage): boolean => told.push(message) > 0 }
  }
  const [one, other] = [edgeOf('edge-1'), edgeOf('edge-2')]
  const all = [one, other]
  const desk = new EdgeNewsDesk(() => {}, {
    all: all as never,
    tell: (order) => all.forEach(({ send }) => send({ kind: 'order', order })),
    isLeaving: () => false,
  })
  const stopped = all.map(
    ({ told }) =>
      () =>
        told.flatMap((message) => (message.kind === 'order' && message.order.kind === 'stops' ? message.order.stops.lanes : [])),
  )
  return { desk, one, other, stopped: () => stopped.map((lanes) => lanes()) }
}

const BEGUN: EdgeNews = { kind: 'lane-begun', lane: 7 }
const PASSED: EdgeNews = { kind: 'lane-open', lane: 7, alone: false }
const ALONE: EdgeNews = { kind: 'lane-open', lane: 7, alone: true }
const CLOSED: EdgeNews = { kind: 'lanes-closed', lanes: [7] }

type Heard = readonly [from: 'one' | 'other', news: EdgeNews]

test.for<readonly [what: string, heard: readonly Heard[], isStopped: boolean]>([
  [
    'a write that goes to one store while its lane begins at another edge, over or not',
    [
      ['other', ALONE],
      ['one', BEGUN],
    ],
    true,
  ],
  [
    'a write that an edge sent to one store before it heard that the lane had begun',
    [
      ['one', BEGUN],
      ['one', PASSED],
      ['other', ALONE],
    ],
    true,
  ],
  [
    'a write that was over before the lane began',
    [
      ['other', ALONE],
      ['other', CLOSED],
      ['one', BEGUN],
    ],
    false,
  ],
  [
    'a write before the first one that is passed on, at the same edge, which knows of both',
    [
      ['one', ALONE],
      ['one', BEGUN],
    ],
    false,
  ],
  [
    'writes that are passed on by two edges',
    [
      ['one', BEGUN],
      ['one', PASSED],
      ['other', BEGUN],
      ['other', PASSED],
      ['one', BEGUN],
    ],
    false,
  ],
])('stops a lane at both edges only where a store may lack a write: %s', ([, heard, isStopped]) => {
  const { desk, one, other, stopped } = start()
  for (const [from, news] of heard) desk.hear(from === 'one' ? one : other, news)
  expect(stopped()).toEqual(isStopped ? [[7], [7]] : [[], []])
})
