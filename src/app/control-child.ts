import { Control } from './control.ts'
import type { ParentMessage } from './messages.ts'
import { runChild } from './parent.ts'

let control: Control | undefined
/** What is said before there is anybody to hear it: edges start at the same time. */
let unheard: ParentMessage[] = []

runChild('control', {
  start: async ({ loaded }) => {
    control = await Control.take(loaded)
    for (const message of unheard) hear(control, message)
    unheard = []
    return { port: await control.start() }
  },
  hear: (message) => {
    if (control === undefined) unheard.push(message)
    else hear(control, message)
  },
  drain: async () => control?.close(),
})

function hear(to: Control, message: ParentMessage): void {
  if (message.kind === 'tree') to.tree(message.processes)
  else if (message.kind === 'rules') to.heed(message.rules)
  else if (message.kind === 'certificates') to.renew(message.certificates)
  else if (message.kind === 'rule-problems') to.complain(message.problems)
  else if (message.kind === 'report') to.edges.hear(message.edge, message.report)
}
