/** The tab's own WebAssembly kernel under Node: the same bits as in a browser, without one. */
import { readFileSync } from 'node:fs'
import { choose } from '../../client/backends/load.ts'
import type { Dataset, Push } from '../../shared/app.ts'
import { projectDir } from '../lassoSets.ts'

/** A push that holds each shard it has seen, as a worker does. */
export async function kernelPush(app: string, dataset: Dataset): Promise<Push> {
  const backend = await choose(app, {
    module: readFileSync(`${projectDir}public/kernels/${app}.wasm`),
  })
  const hashes = dataset.manifest.shards.map((shard) => shard.hash)
  const byFirstColumn = new Map(dataset.manifest.shards.map((s, k) => [s.firstColumn, hashes[k]!]))
  return (lease, shards) => {
    const named = shards.map((shard) => byFirstColumn.get(shard.firstColumn)!)
    shards.forEach((shard, k) => {
      if (!backend.holds(named[k]!)) backend.hold(named[k]!, shard.bytes)
    })
    return backend.run(lease, named)
  }
}
