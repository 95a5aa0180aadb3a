/** Types of lock.mjs, for its test. */
export function exclusively<T>(root: string, work: () => Promise<T>): Promise<T>
