/** One thing that is wrong with what the operator wrote. */
export interface Problem {
  readonly file: string
  /** From 1; absent where the problem has no place in the file. */
  readonly line?: number
  readonly column?: number
  readonly message: string
  readonly fix: string
}

/** `file:line:column message (fix)`, as editors and people expect it. */
export function formatProblem({ file, line, column, message, fix }: Problem): string {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`
  return `${place} ${message} (${fix})`
}
