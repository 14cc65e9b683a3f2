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
    if (message.kind === 'rules') edge?.rules(message.rules)
    if (message.kind === 'certificates') edge?.certificates(message.certificates)
    if (message.kind === 'writes') edge?.writes(message.writes)
    if (message.kind !== 'order') return
    const { order } = message
    if (order.kind === 'flags') edge?.stages.update(order.known)
    else if (order.kind === 'ceilings') edge?.stages.hold(order.ceilings)
    else if (order.kind === 'stored') edge?.stored(order)
    else if (order.kind === 'accepted') edge?.accept(order.groups)
    else if (order.kind === 'reveals') edge?.reveal(order.reveals)
    else if (order.kind === 'counting-key') edge?.countUnder(order.key)
    else if (order.kind === 'documents') edge?.learn(order.documents)
    else if (order.kind === 'pins') edge?.stages.pinning?.learn(order.pins)
    else if (order.kind === 'stops') edge?.ledger.adopt(order.stops)
    else if (order.kind === 'lanes-begun') edge?.ledger.learnBegun(order.lanes)
    else if (edge !== undefined) edge.stages.everythingToLegacy = order.on
  },
  connection: (socket) => edge?.connection(socket),
  drain: async (idleMs) => edge?.drain(idleMs),
})
