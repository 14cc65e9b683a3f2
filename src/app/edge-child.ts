import { Edge } from './edge.ts'
import { runChild, tell } from './parent.ts'

let edge: Edge | undefined
runChild('edge', {
  start: ({ loaded, name }) => {
    edge = new Edge(loaded, name, (report) => tell({ kind: 'report', report }))
    tell({ kind: 'report', report: { kind: 'hello' } })
    return Promise.resolve({})
  },
  hear: (message) => {
    if (message.kind !== 'order') return
    if (message.order.kind === 'flags') edge?.storeStages?.update(message.order.flags)
    else edge?.stored(message.order.seq)
  },
  connection: (socket) => edge?.connection(socket),
  drain: async () => edge?.drain(),
})
