import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The request that everybody gets: a GraphQL query of about 400 bytes with its head. */
export const REQUEST = JSON.stringify({
  operationName: 'Bench',
  query: 'query Bench($id: ID!) { user(id: $id) { id name items { id title price } } }',
  variables: { id: '1' },
})

/** Items in an answer of about so many kilobytes. */
const ITEMS = { 2: 38, 20: 370 } as const
export type Kilobytes = keyof typeof ITEMS
export const SIZES: readonly Kilobytes[] = [2, 20]

/** Writes one answer for each size, as legacy gives it and as the candidate does where they differ. */
export function writeAnswers(folder: string): void {
  for (const size of SIZES) {
    writeFileSync(answerFile(folder, size, 'same'), answer(size, 'Ada'))
    writeFileSync(answerFile(folder, size, 'other'), answer(size, 'Eda'))
  }
}

export function answerFile(folder: string, size: Kilobytes, variant: 'same' | 'other'): string {
  return join(folder, `${variant}-${size}.json`)
}

function answer(size: Kilobytes, name: string): string {
  const items = Array.from({ length: ITEMS[size] }, (_, index) => ({ id: String(index), title: `Item number ${index}`, price: index / 7 }))
  return JSON.stringify({ data: { user: { id: '1', name, items } } })
}
