import { Control } from './control.ts'
import { runChild } from './parent.ts'

let control: Control | undefined
runChild('control', {
  start: async ({ loaded }) => {
    const started = await Control.start(loaded)
    control = started.control
    return { port: started.port }
  },
  hear: (message) => {
    if (message.kind === 'tree') control?.tree(message.processes)
    else if (message.kind === 'rules') control?.heed(message.rules)
    else if (message.kind === 'certificates') control?.renew(message.certificates)
    else if (message.kind === 'rule-problems') control?.complain(message.problems)
    else if (message.kind === 'report') control?.hear(message.edge, message.report)
  },
  drain: async () => control?.close(),
})
