import { Command, CommanderError, Option } from 'commander'
import { BanyanError } from '../errors.ts'
import { VERSION } from '../app/package.ts'
import { check } from './check.ts'
import { compareCommand } from './compare.ts'
import { addGroupCommands } from './group-commands.ts'
import { addFlagCommands } from './flag-commands.ts'
import { report } from './report.ts'
import { admin, count, json, port, type Action } from './options.ts'
import { addRolloutCommands } from './rollout-commands.ts'
import { addRevealCommands } from './reveal-commands.ts'
import { addRuleCommands } from './rule-commands.ts'
import { runServe } from './serve.ts'

/** The commands. `finish` gets the exit code of the one that ran. */
export function buildProgram(finish: (code: number) => void = () => {}): Command {
  const action =
    (work: Action) =>
    async (...args: unknown[]): Promise<void> =>
      finish(await work(...(args as never[]))) // commander gives each action what its own declaration says
  const program = new Command('banyan')
    .description('A strangler-fig router for GraphQL')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ outputError: () => {} }) // told below, as every other error is
    .showSuggestionAfterError()

  program
    .command('serve')
    .description('route, mirror and compare')
    .option('--config <file>', 'config file')
    .option('--legacy <url>', 'GraphQL endpoint of the legacy backend, instead of a config file')
    .option('--candidate <url>', 'GraphQL endpoint of the rewrite, instead of a config file')
    .option('--host <host>', 'address to listen on')
    .option('--port <port>', 'port for clients', port)
    .option('--admin-port <port>', 'port of the dashboard and the API', port)
    .option('--workers <count>', 'edge processes', count)
    .option('--store <url>', 'pglite:<folder> or postgres://…')
    .action(action(runServe))

  program
    .command('demo')
    .description('two real GraphQL servers, the router and real traffic')
    .option('--seconds <count>', 'end by itself after this long', count)
    .option('--port <port>', 'port for clients', port)
    .option('--admin-port <port>', 'port of the dashboard and the API', port)
    .option('--rate <count>', 'requests a second', count)
    .option('--workers <count>', 'edge processes', count)
    .action(action(async (options: never) => (await import('../demo/demo.ts')).runDemo(options)))

  program
    .command('check')
    .description('say everything that is wrong with a config')
    .argument('[file]', 'config file', 'rules/banyan.yaml')
    .option('--roots', 'list the root fields of the schemas instead, and which are never mirrored')
    .addOption(json())
    .action(action(check))

  program
    .command('compare')
    .description('compare two answers, or many pairs of them')
    .argument('[legacy]', 'file with the answer of legacy')
    .argument('[candidate]', 'file with the answer of the candidate')
    .option('--batch <file>', 'pairs, one JSON object a line; - is standard input')
    .option('--document <file>', 'GraphQL document that was asked')
    .option('--operation-name <name>', 'operation of the document that ran')
    .option('--variables <file>', 'JSON file with the variables')
    .option('--schema <file>', 'SDL of both sides')
    .option('--legacy-schema <file>', 'SDL of legacy')
    .option('--candidate-schema <file>', 'SDL of the candidate')
    .option('--rules <file>', 'file with rules about comparing')
    .option('--junit <file>', 'write a report for a CI server')
    .addOption(json())
    .action(action(compareCommand))

  program
    .command('report')
    .description('operations, regions and groups of differences')
    .option('--operation <key>', 'only this operation: its key or name')
    .option('--region <name>', 'only this region')
    .option('--minutes <count>', 'how far to look back', count, 60)
    .addOption(new Option('--format <form>', 'how to print it').choices(['table', 'json', 'markdown']).default('table'))
    .addOption(json())
    .addOption(admin())
    .action(action(report))

  addGroupCommands(program, action)
  addFlagCommands(program, action)
  addRolloutCommands(program, action)
  addRuleCommands(program, action)
  addRevealCommands(program, action)
  return program
}

/** Runs a command line. Gives the exit code; what the operator has to mend is one message on standard error, without a stack. */
export async function run(argv: readonly string[]): Promise<number> {
  let code = 0
  try {
    await buildProgram((finished) => (code = finished)).parseAsync([...argv])
    return code
  } catch (error) {
    const told = error instanceof CommanderError ? usageError(error) : error
    if (typeof told === 'number') return told
    if (!(told instanceof BanyanError)) return fault(error)
    process.stderr.write(
      argv.includes('--json')
        ? `${JSON.stringify({ error: { code: told.code, message: told.message, hint: told.hint } })}\n`
        : `banyan: ${told.message}\n  fix: ${told.hint}\n`,
    )
    return told.exitCode
  }
}

const USAGE = 2

/** A command line that is not understood, or the exit code of one that asked for help. */
function usageError({ code, exitCode, message }: CommanderError): BanyanError | number {
  if (exitCode === 0) return 0
  if (code === 'commander.help') return USAGE
  const [what = '', suggestion] = message.replace(/^error: /, '').split('\n')
  return new BanyanError('BAD_USAGE', what, suggestion?.replace(/^\((.*)\)$/, '$1'))
}

/** Ours to mend. It must not be taken for a gate that failed. */
function fault(error: unknown): number {
  process.stderr.write(
    `banyan: this is a fault of Banyan's own: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  )
  return USAGE
}
