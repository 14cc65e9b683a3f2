/** Where the browser remembers who decides with it. */
const NAME = 'banyan-name'

export function knownName(): string {
  return localStorage.getItem(NAME) ?? ''
}

export function rememberName(name: string): void {
  localStorage.setItem(NAME, name)
}
