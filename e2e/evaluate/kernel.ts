/** The tab's own WebAssembly kernel under Node: the same bits as in a browser, without one. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { choose } from '../../client/backends/load.ts'
import { ReferenceBackend } from '../../client/backends/reference.ts'
import type { Dataset, Push } from '../../shared/app.ts'
import { kernels } from '../../shared/apps/kernels.ts'
import { apps } from '../../shared/apps/registry.ts'
import type { Shard } from '../../shared/shard.ts'
import { projectDir } from '../lassoSets.ts'

/**
 * A dataset whose shards are opened once, and a push that holds each of them as a worker does: that of
 * the kernel, or the reference of an app that has no other.
 *
 * @throws when `public/kernels/<app>.wasm` was not built: npm run setup
 */
export async function kernelPush(
  app: string,
  given: Dataset,
): Promise<{ dataset: Dataset; push: Push }> {
  const hasSource = existsSync(join(projectDir, `shared/apps/${app}/push.as.ts`))
  const backend = hasSource
    ? await choose(app, { module: readFileSync(join(projectDir, `public/kernels/${app}.wasm`)) })
    : new ReferenceBackend(kernels[app]!, 'the app has no other kernel')
  const travels = apps[app]!.buffers.delta
  const shards = given.manifest.shards.map((_, k) => given.shard(k))
  const hashOf = new Map<Shard, string>(shards.map((shard, k) => [shard, `${k}`]))
  const push: Push = (lease, asked) => {
    const hashes = asked.map((shard) => hashOf.get(shard)!)
    asked.forEach((shard, k) => {
      backend.hold(hashes[k]!, shard.bytes)
    })
    const computed = backend.run(lease, hashes)
    // A kernel may compute more than travels, for a memory that nobody has here.
    return Object.fromEntries(travels.map(({ name }) => [name, computed[name]!]))
  }
  return { dataset: { ...given, shard: (k) => shards[k]! }, push }
}
