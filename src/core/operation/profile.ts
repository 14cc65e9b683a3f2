import { ID_MEMBERS, ID_SEGMENTS, type PathIds } from './document-id.ts'

/** GraphQL servers whose reading of a request is known; `generic` is any other. */
export const PROFILES = ['generic', 'graphene', 'async-graphql', 'apollo', 'yoga'] as const
export type Profile = (typeof PROFILES)[number]

/** How the bytes of a body are read: as a JSON object, as the document itself, or as an urlencoded form. */
export type BodyForm = 'json' | 'document' | 'form'

/** What is known of a server; a request that depends on what is `unknown` is ambiguous. */
type Known<T extends string> = T | 'unknown'

/** Which sources of a request a server honours (OP-1), or two servers alike. */
export interface Reading {
  /** Forms of bodies by media type, in lower case. */
  readonly bodies: ReadonlyMap<string, Known<BodyForm | 'refused'>>
  /** The same for every other media type, and for none. */
  readonly otherBodies: Known<BodyForm | 'refused'>
  /** What the query string of a POST is, where the body says something too. */
  readonly besideBody: Known<'wins' | 'ignored'>
  /** What a query string calls the name of the operation. */
  readonly nameInQueryString: Known<'operationName' | 'operation_name'>
  /** `variables` in a JSON body that are JSON written as a text. */
  readonly textVariables: Known<'read' | 'refused'>
  /** The operation name `"null"`. */
  readonly nullName: Known<'absent' | 'name'>
  /** A member of a JSON body whose name is that of one that says what is to run, but for its case. */
  readonly otherCase: Known<'ignored'>
  /** Members that may hold the id of a stored document. */
  readonly idMembers: readonly string[]
  /** All members that say what is to run, as JSON writes them: made once, and looked for in every body. */
  readonly quoted: readonly string[]
  /** Where a path may hold such an id. */
  readonly pathIds: PathIds
  /** An array of requests is taken, and answered by an array. */
  readonly batches: boolean
}

/** What the operator says. */
type Own = 'idMembers' | 'quoted' | 'pathIds' | 'batches'

/** Members that carry what GraphQL should run, in a body and in a query string alike. */
export const SOURCES = ['query', 'operationName', 'variables', 'extensions'] as const

const JSON_BODY = ['application/json', 'json'] as const
const GRAPHQL_JSON_BODY = ['application/graphql+json', 'json'] as const
const DOCUMENT_BODY = ['application/graphql', 'document'] as const
const FORM_BODY = ['application/x-www-form-urlencoded', 'form'] as const

/** As apollo and yoga do it, and most servers that were written with the specification at hand. */
const BY_THE_BOOK = {
  otherBodies: 'refused',
  besideBody: 'ignored',
  nameInQueryString: 'operationName',
  textVariables: 'refused',
  nullName: 'name',
  otherCase: 'ignored',
} as const

/** Observed, or read in the program's source: graphene-django 3.2, async-graphql 7 with axum, @apollo/server 5, graphql-yoga 5. */
const READINGS: Readonly<Record<Profile, Omit<Reading, Own>>> = {
  graphene: {
    bodies: new Map([JSON_BODY, DOCUMENT_BODY, FORM_BODY]),
    otherBodies: 'refused',
    besideBody: 'wins',
    nameInQueryString: 'operationName',
    textVariables: 'read',
    nullName: 'absent',
    otherCase: 'ignored',
  },
  'async-graphql': {
    bodies: new Map([['multipart/form-data', 'refused']]),
    otherBodies: 'json',
    besideBody: 'ignored',
    nameInQueryString: 'operation_name',
    textVariables: 'refused',
    nullName: 'name',
    otherCase: 'ignored',
  },
  apollo: { ...BY_THE_BOOK, bodies: new Map([JSON_BODY]) },
  yoga: { ...BY_THE_BOOK, bodies: new Map([JSON_BODY, GRAPHQL_JSON_BODY, DOCUMENT_BODY, FORM_BODY]) },
  // A server that runs the body of `application/graphql` at all runs it as the document.
  generic: {
    bodies: new Map<string, Known<BodyForm>>([
      JSON_BODY,
      GRAPHQL_JSON_BODY,
      DOCUMENT_BODY,
      ['application/x-www-form-urlencoded', 'unknown'],
      ['text/plain', 'unknown'],
      ['', 'unknown'],
    ]),
    otherBodies: 'refused',
    besideBody: 'unknown',
    nameInQueryString: 'operationName',
    textVariables: 'unknown',
    nullName: 'unknown',
    // Go's encoding/json takes `Query` for `query`, and the last of them counts: gqlgen and graph-gophers read by it.
    otherCase: 'unknown',
  },
}

/** What two servers read alike. Where they part, neither's reading tells what the other would run (OP-2). */
export function commonReading(
  one: Profile,
  other: Profile,
  {
    idMembers = ID_MEMBERS,
    pathIds = { path: '/graphql', patterns: ID_SEGMENTS },
    batches = false,
  }: Partial<Pick<Reading, Exclude<Own, 'quoted'>>> = {},
): Reading {
  const [a, b] = [READINGS[one], READINGS[other]]
  const types = [...a.bodies.keys(), ...b.bodies.keys()]
  return {
    bodies: new Map(types.map((type) => [type, common(formOf(a, type), formOf(b, type))])),
    otherBodies: common(a.otherBodies, b.otherBodies),
    besideBody: common(a.besideBody, b.besideBody),
    nameInQueryString: common(a.nameInQueryString, b.nameInQueryString),
    textVariables: common(a.textVariables, b.textVariables),
    nullName: common(a.nullName, b.nullName),
    otherCase: common(a.otherCase, b.otherCase),
    idMembers,
    quoted: [...SOURCES, ...idMembers].map((name) => `"${name}"`),
    pathIds,
    batches,
  }
}

/** How a body of that media type is read; `mediaType` is in lower case, without parameters. */
export function formOf({ bodies, otherBodies }: Pick<Reading, 'bodies' | 'otherBodies'>, mediaType: string): Known<BodyForm | 'refused'> {
  return bodies.get(mediaType) ?? otherBodies
}

function common<T extends string>(one: T, other: T): T | 'unknown' {
  return one === other ? one : 'unknown'
}
