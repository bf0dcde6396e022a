/**
 * What a module that is loaded when it is first needed gives; undefined when it cannot be had, as when the server is gone. The
 * next call tries again.
 */
export async function later<T>(load: () => Promise<T>): Promise<T | undefined> {
  try {
    return await load();
  } catch {
    return undefined;
  }
}
