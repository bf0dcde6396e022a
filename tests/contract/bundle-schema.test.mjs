// The published schema of bundles, against the bundles that the core wrote (its own tests keep those files up to date).
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import Ajv from "ajv/dist/2020.js";

const SCHEMA = new URL("../../pkg-template/bundle.schema.json", import.meta.url);
const BUNDLES = new URL("../fixtures/bundles/", import.meta.url);

const schema = JSON.parse(readFileSync(SCHEMA, "utf8"));
const bundles = readdirSync(BUNDLES).map((name) => [name, JSON.parse(readFileSync(new URL(name, BUNDLES), "utf8"))]);

/** The same schema without room for later versions: only fields that it names. */
function closed(value) {
  if (Array.isArray(value)) return value.map(closed);
  if (value === null || typeof value !== "object") return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, closed(inner)]));
  if (copy.type === "object" && copy.properties && !copy.oneOf) copy.additionalProperties = false;
  return copy;
}

const open = new Ajv({ allErrors: true }).compile(schema);
const strict = new Ajv({ allErrors: true }).compile(closed(schema));

/** Every field of every object, by the path of names that leads to it. */
function fieldsOf(value, path = "", found = new Set()) {
  if (Array.isArray(value)) for (const item of value) fieldsOf(item, path, found);
  else if (value !== null && typeof value === "object") {
    for (const [name, inner] of Object.entries(value)) {
      found.add(name);
      fieldsOf(inner, `${path}.${name}`, found);
    }
  }
  return found;
}

function namedBy(value, found = new Set()) {
  if (Array.isArray(value)) for (const item of value) namedBy(item, found);
  else if (value !== null && typeof value === "object") {
    for (const name of Object.keys(value.properties ?? {})) found.add(name);
    for (const inner of Object.values(value)) namedBy(inner, found);
  }
  return found;
}

for (const [name, bundle] of bundles) {
  test(`${name} is as the schema says, with no field that it does not name`, () => {
    assert.ok(strict(bundle), JSON.stringify(strict.errors, null, 2));
    assert.ok(open(bundle));
  });
}

test("every field that the schema names is in a bundle", () => {
  const written = new Set(bundles.flatMap(([, bundle]) => [...fieldsOf(bundle)]));
  assert.deepEqual(
    [...namedBy(schema)].filter((name) => !written.has(name)),
    [],
  );
});

test("the schema refuses what is no bundle, and lets later versions add fields", () => {
  const [, bundle] = bundles[0];
  const without = (field) => Object.fromEntries(Object.entries(bundle).filter(([name]) => name !== field));
  for (const field of ["format", "version", "hash"]) assert.equal(open(without(field)), false, field);
  for (const change of [
    { version: "2.0" },
    { hash: "sha256:0" },
    { format: "other" },
    { masked: [{ kind: "token" }] },
    { conversation: { turns: [{ parts: [{ text: "?" }] }] } },
    { conversation: { turns: [{ parts: [{ kind: "tool", exitCode: 1.5 }] }] } },
    { workspace: { openFiles: [1] } },
  ]) {
    assert.equal(open({ ...bundle, ...change }), false, JSON.stringify(change));
  }
  assert.ok(open({ ...bundle, later: { more: true } }));
});
