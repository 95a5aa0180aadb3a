/** A server for a test: fake apps, engines in this thread, a fresh data directory. */
import type { JobView } from '../../../shared/protocol.ts'
import { type Running, type ServeOptions, serve } from '../serve.ts'
import { openStore } from '../store/lmdbStore.ts'
import { fakeApps, fakeDataset } from './fakeJob.ts'

export interface TestServer extends Running {
  url: string
  dataDir: string
  /** With the token; JSON in and out. */
  api(method: string, path: string, body?: unknown): Promise<{ status: number; json: unknown }>
  submit(spec: Record<string, unknown>, app?: string): Promise<JobView>
  job(id: string): Promise<JobView>
  jobUntil(id: string, condition: (job: JobView) => boolean): Promise<JobView>
}

/** A dataset named "demo" is there. */
export async function startServer(
  dataDir: string,
  changes: Partial<ServeOptions> = {},
): Promise<TestServer> {
  const store = openStore(dataDir)
  if (!store.dataset('demo')) await fakeDataset(store, 'demo')
  await store.close()
  const running = await serve({
    ...{ port: 0, host: '127.0.0.1', dataDir, apps: fakeApps, inline: true },
    ...changes,
  })
  const url = running.urls[0]!
  const api: TestServer['api'] = async (method, path, body) => {
    const response = await fetch(`${url}/api${path}`, {
      method,
      headers: {
        authorization: `Bearer ${running.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      json: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
    }
  }
  const job = async (id: string) => (await api('GET', `/jobs/${id}`)).json as JobView
  return {
    ...running,
    ...{ url, dataDir, api, job },
    async submit(spec, app = 'counting') {
      const { status, json } = await api('POST', '/jobs', { app, dataset: 'demo', spec })
      if (status !== 200) throw new Error(JSON.stringify(json))
      return json as JobView
    },
    async jobUntil(id, condition) {
      for (;;) {
        const view = await job(id)
        if (condition(view)) return view
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
  }
}
