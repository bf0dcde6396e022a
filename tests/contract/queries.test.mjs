// The GraphQL queries that the core sends, judged by GitHub's public schema.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { queryComplaints } from "./graphql.mjs";

const folder = new URL("../../src/provider/github/queries/", import.meta.url);
const files = (await readdir(folder)).filter((name) => name.endsWith(".graphql"));

test("there are queries to judge, and the judge finds fault", () => {
  assert.ok(files.length > 0);
  assert.match(queryComplaints("query { viewer { pullRequestz { totalCount } } }").join(), /pullRequestz/);
});

for (const name of files) {
  test(`${name} is right by GitHub's schema`, async () => {
    assert.deepEqual(queryComplaints(await readFile(new URL(name, folder), "utf8")), []);
  });
}
