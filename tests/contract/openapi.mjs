// GitHub's own description of its REST API as the judge of what the local cloud answers.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import Ajv from "ajv";
import formats from "ajv-formats";

const require = createRequire(import.meta.url);

/** OpenAPI 3.0 says `nullable`, JSON Schema says `"null"` among the types. Examples and descriptions only cost time. */
function toJsonSchema(schema) {
  if (Array.isArray(schema)) return schema.map(toJsonSchema);
  if (schema === null || typeof schema !== "object") return schema;
  const { nullable, example, examples, description, title, ...rest } = schema;
  const plain = {};
  for (const [key, value] of Object.entries(rest)) {
    if (key === "properties") {
      plain.properties = Object.fromEntries(Object.entries(value).map(([name, of]) => [name, toJsonSchema(of)]));
    } else if (key === "enum" || key === "required" || key === "default") {
      plain[key] = value;
    } else {
      plain[key] = toJsonSchema(value);
    }
  }
  return nullable ? { anyOf: [plain, { type: "null" }] } : plain;
}

/** What GitHub sends with every error, and describes with some operations only. */
const DESCRIBED_ELSEWHERE = /^(\/status|\/errors\/\d+\/(field|resource))$/;

/** The paths of properties in `value` that no branch of `schema` names, where the schema names any. */
function unnamed(schema, value, path = "") {
  if (Array.isArray(value)) {
    const items = branches(schema).filter((branch) => branch.items);
    if (items.length === 0) return [];
    return value.flatMap((item, index) =>
      unnamed({ anyOf: items.map((branch) => branch.items) }, item, `${path}/${index}`),
    );
  }
  if (value === null || typeof value !== "object") return [];
  const objects = branches(schema).filter((branch) => branch.properties);
  const open = branches(schema).some(
    (branch) => branch.additionalProperties || (isObject(branch) && !branch.properties),
  );
  if (objects.length === 0) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const of = objects.map((branch) => branch.properties[name]).filter(Boolean);
    if (of.length === 0) return open || DESCRIBED_ELSEWHERE.test(`${path}/${name}`) ? [] : [`${path}/${name}`];
    return unnamed({ anyOf: of }, member, `${path}/${name}`);
  });
}

const isObject = (schema) => schema.type === "object";

function branches(schema) {
  const nested = ["anyOf", "oneOf", "allOf"].flatMap((word) => schema[word] ?? []);
  return [schema, ...nested.flatMap(branches)];
}

/** Reads the description, which is 70 MB: once for a test file. */
export async function readDescription() {
  const path = require.resolve("@octokit/openapi/generated/api.github.com.deref.json");
  const { paths } = JSON.parse(await readFile(path, "utf8"));
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
  formats(ajv);
  const compiled = new Map();

  function responseSchema(operation, status, type) {
    const response = operation.responses[status];
    const content = response?.content ?? {};
    return content[type]?.schema ?? content["application/json"]?.schema ?? Object.values(content)[0]?.schema;
  }

  const templates = Object.keys(paths).map((template) => ({
    template,
    pattern: new RegExp(`^${template.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{[^}]+\}/g, "([^/]+)")}$`),
  }));

  return {
    /** The template of a path that has its values in it already, as in links to other pages. */
    template: (path) => templates.find(({ pattern }) => pattern.test(path))?.template ?? path,
    /** Says what is wrong with an answer: nothing is an empty list. `path` is the template, as the description has it. */
    complaints(method, path, { status, headers, data }) {
      const name = `${method.toUpperCase()} ${path}`;
      const operation = paths[path]?.[method.toLowerCase()];
      if (!operation) return [`${name} is not in the description`];
      if (!operation.responses[status]) return [`${name} is not described to answer ${status}`];
      const type = (headers["content-type"] ?? "").split(";")[0];
      const schema = responseSchema(operation, status, type);
      const empty = data === undefined || data === "";
      if (!schema) return empty ? [] : [`${name} answers ${status} with a body, and should have none`];
      if (type !== "application/json") return typeof data === "string" ? [] : [`${name} answers ${type}`];
      const key = `${name} ${status}`;
      if (!compiled.has(key)) {
        const plain = toJsonSchema(schema);
        // Some errors are described as one of two shapes without required fields, of which every error is both.
        if (status >= 400 && plain.oneOf) {
          plain.anyOf = plain.oneOf;
          delete plain.oneOf;
        }
        compiled.set(key, { validate: ajv.compile(plain), schema: plain });
      }
      const { validate, schema: plain } = compiled.get(key);
      const wrong = validate(data)
        ? []
        : validate.errors
            .filter(({ keyword }) => !["anyOf", "oneOf"].includes(keyword) || validate.errors.length < 4)
            .slice(0, 12)
            .map(
              ({ instancePath, message, params }) =>
                `${key}: ${instancePath || "/"} ${message} ${JSON.stringify(params)}`,
            );
      return [...wrong, ...unnamed(plain, data).map((place) => `${key}: ${place} is not in the description`)];
    },
  };
}
