import { readFileSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { z } from 'zod'
import { buildProgram } from '../src/cli/cli.ts'
import { PlanFile } from '../src/config/plans.ts'
import { RulesFile } from '../src/config/rule-schema.ts'
import { Config } from '../src/config/schema.ts'

/** Files that are made from the code. `node scripts/generate.ts` writes them; a test fails when they differ from what it would write. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  'rules/schema.json': () => `${JSON.stringify(configSchema(), null, 2)}\n`,
  'rules/plan-schema.json': () => `${JSON.stringify(z.toJSONSchema(PlanFile, { io: 'input' }), null, 2)}\n`,
  'rules/rules-schema.json': () => `${JSON.stringify(z.toJSONSchema(RulesFile, { io: 'input' }), null, 2)}\n`,
  'docs/config.md': () => configPage(),
  'docs/cli.md': () => cliPage(),
}

interface Schema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
}

function configSchema(): Schema {
  return z.toJSONSchema(Config, { io: 'input' }) as Schema // JSON Schema is what it makes
}

function configPage(): string {
  const head = [
    '# Config\n',
    '\n`banyan serve --config FILE` and `banyan check FILE` read the same file. Unknown keys are errors. Paths are relative to the file; `DATABASE_URL` wins over `store.url`.\n',
    '`rules/banyan.yaml` is a complete example, and `rules/schema.json` the JSON Schema for editors. This page is made from the code.\n',
    '\n| key | what | default |\n|---|---|---|\n',
  ]
  return [...head, ...rows('', configSchema())].join('')
}

function rows(prefix: string, schema: Schema): string[] {
  const forms = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.items === undefined ? [] : [schema.items])]
  const properties = forms.flatMap((form) => Object.entries(form.properties ?? {}))
  return properties.flatMap(([name, member]) => {
    const key = `${prefix}${name}`
    const what = [member.description, allowed(member)].filter(Boolean).join('; ')
    const fallback = member.default === undefined || typeof member.default === 'object' ? '' : `\`${JSON.stringify(member.default)}\``
    return [`| \`${key}\` | ${what.replaceAll('|', '\\|')} | ${fallback} |\n`, ...rows(`${key}.`, member)]
  })
}

function allowed({ enum: values, const: only, type }: Schema): string {
  if (values !== undefined) return values.map((value) => `\`${String(value)}\``).join(', ')
  return only === undefined ? (type ?? '') : `\`${JSON.stringify(only)}\``
}

function cliPage(): string {
  const head = [
    '# Commands\n',
    '\nExit codes: 0 ok, 1 a gate or a comparison failed, 2 usage, configuration, or a fault of Banyan itself, 3 inconclusive. Results go to standard output, everything else to standard error. `NO_COLOR` is obeyed.\n',
    'Commands that ask a running Banyan find it by `--admin` or `BANYAN_ADMIN_URL`, and send the token in `BANYAN_ADMIN_TOKEN`. This page is made from the code.\n',
  ]
  return [...head, ...commandPages(buildProgram(), [])].join('')
}

function commandPages(command: Command, parents: readonly string[]): string[] {
  return command.commands.flatMap((one) => {
    const names = [...parents, one.name()]
    const args = one.registeredArguments.map((argument) => (argument.required ? `<${argument.name()}>` : `[${argument.name()}]`))
    const title = `\n## banyan ${[...names, ...args].join(' ')}\n\n${one.description()}.\n`
    const options = one.options.map((option) => {
      const fallback = option.defaultValue === undefined ? '' : `; default ${JSON.stringify(option.defaultValue)}`
      const choices = option.argChoices === undefined ? '' : `: ${option.argChoices.join(', ')}`
      return `- \`${option.flags}\` ${option.description}${choices}${fallback}\n`
    })
    return [one.commands.length > 0 ? '' : `${title}${options.length > 0 ? '\n' : ''}${options.join('')}`, ...commandPages(one, names)]
  })
}

/** The file of the project as it is now. */
export function current(file: string): string {
  return readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
}

if (import.meta.main) {
  for (const [file, make] of Object.entries(GENERATED)) writeFileSync(new URL(`../${file}`, import.meta.url), make())
}
