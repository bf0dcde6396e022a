// GitHub's OpenAPI, cut to the paths that the core asks for, as Prism needs it.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** The documented operations that the `github` provider uses. `/repositories/{id}` and `/graphql` are not described. */
export const OPERATIONS = [
  "GET /agents/tasks",
  "GET /agents/tasks/{task_id}",
  "POST /agents/repos/{owner}/{repo}/tasks",
  "DELETE /repos/{owner}/{repo}/git/refs/{ref}",
  "GET /repos/{owner}/{repo}/git/blobs/{file_sha}",
  "GET /repos/{owner}/{repo}/git/commits/{commit_sha}",
  "GET /repos/{owner}/{repo}/git/ref/{ref}",
  "GET /repos/{owner}/{repo}/git/trees/{tree_sha}",
  "POST /repos/{owner}/{repo}/git/blobs",
  "POST /repos/{owner}/{repo}/git/commits",
  "POST /repos/{owner}/{repo}/git/refs",
  "POST /repos/{owner}/{repo}/git/trees",
  "GET /rate_limit",
  "GET /repos/{owner}/{repo}",
  "GET /repos/{owner}/{repo}/branches",
  "GET /repos/{owner}/{repo}/compare/{basehead}",
  "GET /repos/{owner}/{repo}/contents/{path}",
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/files",
  "GET /user/repos",
];

/** Every `#/components/…` that a part of the description refers to. */
function* references(part) {
  if (Array.isArray(part)) for (const item of part) yield* references(item);
  else if (part !== null && typeof part === "object") {
    if (typeof part.$ref === "string") yield part.$ref;
    for (const value of Object.values(part)) yield* references(value);
  }
}

/**
 * Prism checks its own answers too, and several of GitHub's examples lack what their schema requires; then several
 * alternatives fit. The schemas of requests stand in the operations themselves and stay as they are.
 */
function lenient(schema) {
  if (Array.isArray(schema)) return schema.map(lenient);
  if (schema === null || typeof schema !== "object") return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => !(key === "required" && Array.isArray(value)))
      .map(([key, value]) => [key === "oneOf" ? "anyOf" : key, lenient(value)]),
  );
}

/**
 * The description of these operations and of what they refer to. GitHub answers `application/vnd.github+json` wherever
 * it describes `application/json`, and says so only in prose; the cut says it where Prism looks.
 */
export async function cutDescription() {
  const whole = JSON.parse(await readFile(require.resolve("@octokit/openapi/generated/api.github.com.json"), "utf8"));
  const cut = { openapi: whole.openapi, info: whole.info, servers: whole.servers, paths: {}, components: {} };
  for (const operation of OPERATIONS) {
    const [method, path] = operation.split(" ");
    const described = whole.paths[path]?.[method.toLowerCase()];
    if (!described) throw new Error(`GitHub's description has no ${operation}`);
    cut.paths[path] ??= {};
    cut.paths[path][method.toLowerCase()] = described;
  }
  const open = [...references(cut.paths)];
  for (const reference of open) {
    const [kind, name] = reference.replace("#/components/", "").split("/");
    cut.components[kind] ??= {};
    if (name in cut.components[kind]) continue;
    cut.components[kind][name] =
      kind === "schemas" ? lenient(whole.components[kind][name]) : whole.components[kind][name];
    open.push(...references(cut.components[kind][name]));
  }
  for (const path of Object.values(cut.paths)) {
    for (const operation of Object.values(path)) operation.responses = lenient(operation.responses);
  }
  const responses = [
    ...Object.values(cut.paths).flatMap((path) =>
      Object.values(path).flatMap(({ responses }) => Object.values(responses)),
    ),
    ...Object.values(cut.components.responses ?? {}),
  ];
  for (const { content } of responses) {
    if (content?.["application/json"]) content["application/vnd.github+json"] ??= content["application/json"];
  }
  return cut;
}

/** The statuses of failure that an operation is described with. */
export function failures(description, operation) {
  const [method, path] = operation.split(" ");
  return Object.keys(description.paths[path][method.toLowerCase()].responses)
    .map(Number)
    .filter((status) => status >= 400);
}
