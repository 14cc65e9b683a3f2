import type { DecodedAnswer } from './compare.ts'
import type { Finding } from './finding.ts'
import { mediaTypeOf } from './heads.ts'
import type { Json, JsonResult } from './json.ts'
import { BODY } from './rest-places.ts'

const JSON_TYPE = /^(application\/([\w.+-]+\+)?json|text\/json)$/
const WORD = /^[a-z]+\/[a-z0-9.+-]{1,60}$/

/** One side of an exchange, with the content of its answer. */
export interface RestSide {
  readonly answer: DecodedAnswer
  readonly body: Uint8Array
  readonly read: JsonResult
}

/**
 * What differs between two bodies that are not both to be read as JSON: one of them is missing, or they are of another kind, and then their bytes are all that can
 * be told apart. Nothing where a side says that it is JSON: those are compared by their values.
 */
export function opaqueDifference(legacy: RestSide, candidate: RestSide): Finding | undefined {
  const [left, right] = [legacy, candidate].map(sideOf)
  if (legacy.body.length === 0) return { class: 'field-extra', kind: 'only-candidate', path: [BODY], ...only('candidate', right) }
  if (candidate.body.length === 0) return { class: 'field-missing', kind: 'only-legacy', path: [BODY], ...only('legacy', left) }
  if ([legacy, candidate].some(({ answer }) => answer.undecoded !== undefined) || [legacy, candidate].some(isJson)) return undefined
  const shapes = { legacy: left?.shape ?? '', candidate: right?.shape ?? '' }
  return {
    class: 'value',
    kind: 'bytes',
    path: [BODY],
    ...only('legacy', left),
    ...only('candidate', right),
    detail: () => ({ shapes, relation: 'other-bytes' }),
  }
}

/** By what it says it is; where it says nothing, by what it is. */
function isJson({ answer, read }: RestSide): boolean {
  const type = mediaTypeOf(answer)
  return type === '' ? 'json' in read : JSON_TYPE.test(type)
}

interface Opaque {
  readonly shown: Json
  /** Its media type. The length would split groups. */
  readonly shape: string
}

function sideOf({ answer, body }: RestSide): Opaque {
  const type = mediaTypeOf(answer)
  const shape = WORD.test(type) ? type : 'unknown-media-type'
  return { shown: { type: 'string', value: `${shape}, ${body.length} bytes` }, shape }
}

function only(side: 'legacy' | 'candidate', opaque: Opaque | undefined): Partial<Pick<Finding, 'legacy' | 'candidate'>> {
  return opaque === undefined ? {} : { [side]: opaque.shown }
}
