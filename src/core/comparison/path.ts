/** A place in an answer: keys and list indexes from the root, `data` or `errors` first. */
export type Path = readonly (string | number)[]

/** As people write it: `data.users[3].name`. Keys that are no names are quoted. */
export function pathText(path: Path): string {
  return path.map((segment, index) => (typeof segment === 'number' ? `[${segment}]` : keyText(segment, index === 0))).join('')
}

function keyText(key: string, first: boolean): string {
  if (/^[_A-Za-z][_0-9A-Za-z]*$/.test(key)) return first ? key : `.${key}`
  return `[${JSON.stringify(key.length > 64 ? `${key.slice(0, 64)}…` : key)}]`
}

/** Whether `path` is `ancestor` or lies below it. */
export function isAtOrBelow(path: Path, ancestor: Path): boolean {
  return path.length >= ancestor.length && ancestor.every((segment, index) => segment === path[index])
}
