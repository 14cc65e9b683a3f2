const KEY = 'banyan-token'

/** The token of the admin API, kept for this tab alone: other tabs and the next visit ask again. */
export function token(): string | undefined {
  return sessionStorage.getItem(KEY) ?? undefined
}

export function rememberToken(given: string): void {
  sessionStorage.setItem(KEY, given)
}
