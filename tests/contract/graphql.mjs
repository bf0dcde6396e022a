// GitHub's public GraphQL schema as the judge of queries and answers.
import assert from "node:assert/strict";
import { schema as published } from "@octokit/graphql-schema";
import { buildSchema, execute, GraphQLError, isAbstractType, isEnumType, parse, validate } from "graphql";

// The published text defines two fields of one enterprise type twice, so its own rules are not applied to it.
export const schema = buildSchema(published.idl, { assumeValidSDL: true });

/** What GitHub's schema has against a query. */
export const queryComplaints = (query) => validate(schema, parse(query)).map(({ message }) => message);

/**
 * What GitHub's schema has against an answer: the query is executed over the answered data themselves, so that each value is
 * read as its type. Queries must ask `__typename` wherever the type is an interface.
 */
export function answerComplaints(query, variables, data) {
  const result = execute({
    schema,
    document: parse(query),
    variableValues: variables,
    rootValue: data,
    fieldResolver: (source, _arguments, _context, { path }) => {
      if (!(path.key in source)) throw new GraphQLError(`${path.key} was asked and not answered`);
      return source[path.key];
    },
    typeResolver: (value) => value.__typename,
  });
  const messages = (result.errors ?? []).map(({ message, path }) => `${path?.join("/")}: ${message}`);
  if (messages.length === 0) assert.deepEqual(JSON.parse(JSON.stringify(result.data)), data);
  return messages;
}

/** Where a part of the schema says something else than the whole. */
export function differences(part) {
  const found = [];
  for (const [name, type] of Object.entries(part.getTypeMap())) {
    if (name.startsWith("__")) continue;
    const whole = schema.getType(name);
    if (whole?.constructor !== type.constructor) {
      found.push(`${name} is another kind of type`);
    } else if (isEnumType(type)) {
      const known = whole.getValues().map((value) => value.name);
      found.push(
        ...type
          .getValues()
          .filter((value) => !known.includes(value.name))
          .map((value) => `${name}.${value.name}`),
      );
    } else if (type.getFields) {
      const interfaces = isAbstractType(type) ? [] : type.getInterfaces().map(({ name: one }) => one);
      const known = isAbstractType(whole) ? [] : whole.getInterfaces().map(({ name: one }) => one);
      found.push(...interfaces.filter((one) => !known.includes(one)).map((one) => `${name} implements ${one}`));
      for (const [field, { type: of, args }] of Object.entries(type.getFields())) {
        const other = whole.getFields()[field];
        if (String(other?.type) !== String(of)) found.push(`${name}.${field}: ${of}, published ${other?.type}`);
        for (const { name: argument, type: takes, defaultValue } of args) {
          const known = other?.args.find((one) => one.name === argument);
          if (String(known?.type) !== String(takes) || known?.defaultValue !== defaultValue) {
            found.push(`${name}.${field}(${argument}: ${takes})`);
          }
        }
      }
    }
  }
  return found;
}
