import { and, eq, gte, inArray, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { groupCounts, groupFacets, groups } from './schema.ts'

/** Coordinates, and the start of the first hour that counts, in milliseconds since the epoch. */
export interface NoiseQuery {
  readonly coordinates: readonly string[]
  readonly since: number
}

/** How often a coordinate differed, and legacy from itself there; with the operations and regions that it was ever seen in. */
export interface PlaceNoise {
  readonly coordinate: string
  readonly raw: number
  readonly noise: number
  readonly cells: readonly { readonly operation: string; readonly region: string }[]
}

/** How often coordinates differed, whatever the class, kind and shapes; added up by the database, because one that is never the same twice makes very many groups. */
export async function noiseAt(db: Database, { coordinates, since }: NoiseQuery): Promise<PlaceNoise[]> {
  if (coordinates.length === 0) return []
  const times = await db
    .select({
      coordinate: groups.coordinate,
      // A sum is a numeric, which drivers give as text.
      raw: sql<string>`coalesce(sum(${groupFacets.count}) filter (where ${groupFacets.facet} = 'hour'), 0)`.mapWith(Number),
      noise: sql<string>`coalesce(sum(${groupFacets.count}) filter (where ${groupFacets.facet} = 'noise-hour'), 0)`.mapWith(Number),
    })
    .from(groupFacets)
    .innerJoin(groups, eq(groups.id, groupFacets.group))
    .where(
      and(
        inArray(groups.coordinate, [...coordinates]),
        inArray(groupFacets.facet, ['hour', 'noise-hour']),
        // An hour is named by its start, in as many digits for centuries.
        gte(groupFacets.name, String(since)),
      ),
    )
    .groupBy(groups.coordinate)
  const cells = await db
    .selectDistinct({ coordinate: groups.coordinate, operation: groupCounts.operation, region: groupCounts.region })
    .from(groupCounts)
    .innerJoin(groups, eq(groups.id, groupCounts.group))
    .where(inArray(groups.coordinate, [...coordinates]))
  const cellsOf = Map.groupBy(cells, ({ coordinate }) => coordinate)
  return times.map((place) => ({
    ...place,
    cells: (cellsOf.get(place.coordinate) ?? []).map(({ operation, region }) => ({ operation, region })),
  }))
}
