import { readFileSync, writeFileSync } from 'node:fs'

/** Puts what was measured between the marks of its section in docs/performance.md. */
export function writeSection(name: string, text: string): void {
  const page = new URL('../docs/performance.md', import.meta.url)
  const now = readFileSync(page, 'utf8')
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  if (!now.includes(start) || !now.includes(end)) throw new Error(`docs/performance.md has no section ${name}`)
  writeFileSync(page, `${now.slice(0, now.indexOf(start) + start.length)}\n\n${text}\n\n${now.slice(now.indexOf(end))}`)
}
