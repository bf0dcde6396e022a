/** `owner/name` of a repository that is given by name or by the address that git uses; empty when it is neither. */
export function repositoryName(given: string): string {
  const text = given.trim().replace(/\/+$/, "");
  const address = /^(?:[a-z][a-z+]*:\/\/[^/]+\/|(?:[^@/\s]+@)?[^/:\s]+:(?!\/\/))(.+)$/i.exec(text);
  const path = (address?.[1] ?? text).replace(/^\/+|\.git$/g, "");
  const parts = path.split("/").filter(Boolean);
  if (!address) return /^[^\s/]+\/[^\s/]+$/.test(text) ? path : "";
  return parts.length >= 2 ? parts.slice(-2).join("/") : "";
}
