//! Reads a request's document and holds it against the schema before anything runs, so that an unknown field costs the
//! request, as it does at GitHub.
//!
//! The messages and `extensions` are those that GitHub's server writes.

use std::collections::BTreeMap;

use graphql_parser::Pos;
use graphql_parser::query::{
    Definition, Document, Field, FragmentDefinition, OperationDefinition, Selection, SelectionSet, TypeCondition,
    VariableDefinition, parse_query,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::schema::{NamedType, Schema, TypeRef, coerce, constant, innermost};

/// Selections looked at in one request, fragments counted wherever they are spread: more is refused, since fragments
/// that spread one another twice double with each level.
const MAX_SELECTIONS: usize = 5_000;

/// One entry of an answer's `errors`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GraphqlError {
    /// GitHub's word for errors that arise while running, such as `NOT_FOUND`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// Where in the answer (or, before it runs, in the document) it went wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<Value>,
    /// Details for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Value>,
    /// Lines and columns of the document, both from 1.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<Value>,
    /// For a person.
    pub message: String,
}

impl GraphqlError {
    /// An error that has only a message.
    pub fn plain(message: impl Into<String>) -> Self {
        Self { kind: None, path: Vec::new(), extensions: None, locations: Vec::new(), message: message.into() }
    }

    /// The same at a place in the document.
    pub fn at(mut self, position: Pos) -> Self {
        self.locations = vec![location(position.line, position.column)];
        self
    }

    fn with(mut self, code: &str, mut details: Value) -> Self {
        if let Some(members) = details.as_object_mut() {
            members.insert("code".to_owned(), Value::from(code));
        }
        self.extensions = Some(details);
        self
    }
}

fn location(line: usize, column: usize) -> Value {
    json!({"line": line, "column": column})
}

/// A query that holds against the schema, with its variables read.
#[derive(Debug)]
pub struct Request<'d> {
    /// What is asked at the root.
    pub selection: &'d SelectionSet<'static, String>,
    /// Named fragments.
    pub fragments: BTreeMap<&'d str, &'d FragmentDefinition<'static, String>>,
    /// The variables' values by name; those without value are missing.
    pub variables: Map<String, Value>,
}

/// Reads the text of a document.
///
/// # Errors
/// One error that says where it stops being GraphQL.
pub fn parse(text: &str) -> Result<Document<'static, String>, GraphqlError> {
    parse_query::<String>(text).map(Document::into_static).map_err(|error| {
        let message = error.to_string();
        let mut parsed = GraphqlError::plain(message.trim().replace("query parse error: ", "").replace('\n', " "));
        // The parser tells the place only in its text: "Parse error at 1:3".
        let place = message.split_once(" at ").and_then(|(_, rest)| rest.split_once(char::is_whitespace));
        let place = place.and_then(|(place, _)| place.split_once(':'));
        if let Some((Ok(line), Ok(column))) = place.map(|(line, column)| (line.parse(), column.parse())) {
            parsed.locations = vec![location(line, column)];
        }
        parsed
    })
}

/// Chooses the operation, reads its variables from `given` and checks it.
///
/// # Errors
/// All that is wrong with the request.
pub fn check<'d>(
    schema: &Schema,
    document: &'d Document<'static, String>,
    operation: Option<&str>,
    given: &Map<String, Value>,
) -> Result<Request<'d>, Vec<GraphqlError>> {
    let chosen = choose(document, operation).map_err(|error| vec![error])?;
    let mut fragments = BTreeMap::new();
    for definition in &document.definitions {
        if let Definition::Fragment(fragment) = definition {
            fragments.insert(fragment.name.as_str(), fragment);
        }
    }
    let declared: BTreeMap<&str, &VariableDefinition<'static, String>> =
        chosen.variables.iter().map(|variable| (variable.name.as_str(), variable)).collect();
    let mut check = Check { schema, fragments: &fragments, declared: &declared, errors: Vec::new(), visited: 0 };
    check.selections("Query", chosen.selection, &mut vec![Value::from(chosen.title)], &mut Vec::new());
    if !check.errors.is_empty() {
        return Err(check.errors);
    }
    let variables = variables(schema, chosen.variables, given)?;
    Ok(Request { selection: chosen.selection, fragments, variables })
}

struct Chosen<'d> {
    title: String,
    selection: &'d SelectionSet<'static, String>,
    variables: &'d [VariableDefinition<'static, String>],
}

fn choose<'d>(document: &'d Document<'static, String>, wanted: Option<&str>) -> Result<Chosen<'d>, GraphqlError> {
    let mut operations = document.definitions.iter().filter_map(|definition| match definition {
        Definition::Operation(operation) => Some(operation),
        Definition::Fragment(_) => None,
    });
    let operation = match wanted {
        Some(wanted) => operations
            .find(|operation| matches!(operation, OperationDefinition::Query(query) if query.name.as_deref() == Some(wanted)))
            .ok_or_else(|| GraphqlError::plain(format!("No operation named {wanted:?}")))?,
        None => {
            let first = operations.next().ok_or_else(|| GraphqlError::plain("A query attribute must be specified and must be a string."))?;
            if operations.next().is_some() {
                return Err(GraphqlError::plain("An operation name is required"));
            }
            first
        }
    };
    match operation {
        OperationDefinition::SelectionSet(selection) => {
            Ok(Chosen { title: "query".to_owned(), selection, variables: &[] })
        }
        OperationDefinition::Query(query) => Ok(Chosen {
            title: query.name.as_ref().map_or_else(|| "query".to_owned(), |name| format!("query {name}")),
            selection: &query.selection_set,
            variables: &query.variable_definitions,
        }),
        OperationDefinition::Mutation(mutation) => {
            Err(GraphqlError::plain("Schema is not configured for mutations").at(mutation.position))
        }
        OperationDefinition::Subscription(subscription) => {
            Err(GraphqlError::plain("Schema is not configured for subscriptions").at(subscription.position))
        }
    }
}

fn variables(
    schema: &Schema,
    declared: &[VariableDefinition<'static, String>],
    given: &Map<String, Value>,
) -> Result<Map<String, Value>, Vec<GraphqlError>> {
    let mut variables = Map::new();
    let mut errors = Vec::new();
    for variable in declared {
        let default = variable.default_value.as_ref().and_then(constant);
        let required = matches!(variable.var_type, TypeRef::NonNullType(_));
        let Some(value) = given.get(&variable.name).or(default.as_ref()).or(required.then_some(&Value::Null)) else {
            continue;
        };
        match coerce(schema, &variable.var_type, value) {
            Ok(value) => {
                variables.insert(variable.name.clone(), value);
            }
            Err(problem) => errors.push(GraphqlError {
                extensions: Some(json!({"value": value, "problems": [{"path": [], "explanation": problem}]})),
                ..GraphqlError::plain(format!(
                    "Variable ${} of type {} was provided invalid value",
                    variable.name, variable.var_type
                ))
                .at(variable.position)
            }),
        }
    }
    if errors.is_empty() { Ok(variables) } else { Err(errors) }
}

struct Check<'c> {
    schema: &'c Schema,
    fragments: &'c BTreeMap<&'c str, &'c FragmentDefinition<'static, String>>,
    declared: &'c BTreeMap<&'c str, &'c VariableDefinition<'static, String>>,
    errors: Vec<GraphqlError>,
    visited: usize,
}

impl<'c> Check<'c> {
    fn fail(&mut self, error: GraphqlError, position: Pos, path: &[Value]) {
        let error = GraphqlError { path: path.to_vec(), ..error.at(position) };
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }

    fn selections(
        &mut self,
        parent: &str,
        set: &'c SelectionSet<'static, String>,
        path: &mut Vec<Value>,
        open: &mut Vec<&'c str>,
    ) {
        for item in &set.items {
            self.visited += 1;
            if self.visited > MAX_SELECTIONS {
                if self.visited == MAX_SELECTIONS + 1 {
                    self.errors.push(GraphqlError::plain(format!(
                        "Query has more than {MAX_SELECTIONS} selections, which exceeds the limit"
                    )));
                }
                return;
            }
            match item {
                Selection::Field(field) => {
                    path.push(Value::from(field.alias.as_ref().unwrap_or(&field.name).as_str()));
                    self.field(parent, field, path, open);
                    path.pop();
                }
                Selection::InlineFragment(fragment) => {
                    let condition = match &fragment.type_condition {
                        Some(TypeCondition::On(name)) => name.as_str(),
                        None => parent,
                    };
                    path.push(Value::from(format!("... on {condition}")));
                    if self.condition(condition, fragment.position, path) {
                        self.selections(condition, &fragment.selection_set, path, open);
                    }
                    path.pop();
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.fragment_name.as_str();
                    let Some((&name, &fragment)) = self.fragments.get_key_value(name) else {
                        let error = GraphqlError::plain(format!("Fragment {name} was used, but not defined"))
                            .with("useAndDefineFragment", json!({"fragmentName": name}));
                        self.fail(error, spread.position, path);
                        continue;
                    };
                    if open.contains(&name) {
                        let error = GraphqlError::plain(format!("Fragment {name} contains an infinite loop"))
                            .with("infiniteLoop", json!({"fragmentName": name}));
                        self.fail(error, spread.position, path);
                        continue;
                    }
                    let TypeCondition::On(condition) = &fragment.type_condition;
                    open.push(name);
                    path.push(Value::from(format!("fragment {name}")));
                    if self.condition(condition, fragment.position, path) {
                        self.selections(condition, &fragment.selection_set, path, open);
                    }
                    path.pop();
                    open.pop();
                }
            }
        }
    }

    fn condition(&mut self, condition: &str, position: Pos, path: &[Value]) -> bool {
        if matches!(self.schema.named(condition), Some(NamedType::Composite { .. })) {
            return true;
        }
        let error = GraphqlError::plain(format!("No such type {condition}, so it can't be a fragment condition"))
            .with("undefinedType", json!({"typeName": condition}));
        self.fail(error, position, path);
        false
    }

    fn field(
        &mut self,
        parent: &str,
        field: &'c Field<'static, String>,
        path: &mut Vec<Value>,
        open: &mut Vec<&'c str>,
    ) {
        let name = field.name.as_str();
        if name == "__typename" {
            return;
        }
        let Some(known) = self.schema.field(parent, name) else {
            let error = GraphqlError::plain(format!("Field '{name}' doesn't exist on type '{parent}'"))
                .with("undefinedField", json!({"typeName": parent, "fieldName": name}));
            self.fail(error, field.position, path);
            return;
        };
        self.arguments(field, &known.arguments, path);
        let answers = innermost(&known.of);
        let composite = matches!(self.schema.named(answers), Some(NamedType::Composite { .. }));
        let selected = !field.selection_set.items.is_empty();
        if composite && selected {
            self.selections(answers, &field.selection_set, path, open);
        } else if composite != selected {
            let message = if composite {
                format!(
                    "Field must have selections (field '{name}' returns {answers} but has no selections. Did you mean '{name} {{ ... }}'?)"
                )
            } else {
                format!("Selections can't be made on scalars (field '{name}' returns {answers} but has selections)")
            };
            let error = GraphqlError::plain(message)
                .with("selectionMismatch", json!({"nodeName": format!("field '{name}'"), "typeName": answers}));
            self.fail(error, field.position, path);
        }
    }

    fn arguments(
        &mut self,
        field: &Field<'static, String>,
        known: &BTreeMap<String, super::schema::ArgumentType>,
        path: &[Value],
    ) {
        let name = &field.name;
        for (argument, value) in &field.arguments {
            let Some(wanted) = known.get(argument) else {
                let error = GraphqlError::plain(format!("Field '{name}' doesn't accept argument '{argument}'"))
                    .with("argumentNotAccepted", json!({"name": name, "typeName": "Field", "argumentName": argument}));
                self.fail(error, field.position, path);
                continue;
            };
            let mut undeclared = Vec::new();
            references(value, &mut |variable| {
                if !self.declared.contains_key(variable) {
                    undeclared.push(variable.to_owned());
                }
            });
            for variable in undeclared {
                let error = GraphqlError::plain(format!("Variable ${variable} is used by this query but not declared"))
                    .with("variableNotDefined", json!({"variableName": variable}));
                self.fail(error, field.position, path);
            }
            let Some(constant) = constant(value) else { continue };
            if coerce(self.schema, &wanted.of, &constant).is_err() {
                let error = GraphqlError::plain(format!(
                    "Argument '{argument}' on Field '{name}' has an invalid value ({constant}). Expected type '{}'.",
                    wanted.of
                ))
                .with("argumentLiteralsIncompatible", json!({"typeName": "Field", "argumentName": argument}));
                self.fail(error, field.position, path);
            }
        }
        let missing: Vec<&str> = known
            .iter()
            .filter(|(argument, wanted)| {
                matches!(wanted.of, TypeRef::NonNullType(_))
                    && wanted.default.is_none()
                    && !field.arguments.iter().any(|(given, _)| given == *argument)
            })
            .map(|(argument, _)| argument.as_str())
            .collect();
        if !missing.is_empty() {
            let missing = missing.join(", ");
            let error = GraphqlError::plain(format!("Field '{name}' is missing required arguments: {missing}"))
                .with("missingRequiredArguments", json!({"className": "Field", "name": name, "arguments": missing}));
            self.fail(error, field.position, path);
        }
    }
}

fn references(value: &graphql_parser::query::Value<'static, String>, each: &mut impl FnMut(&str)) {
    use graphql_parser::query::Value as Literal;
    match value {
        Literal::Variable(name) => each(name),
        Literal::List(items) => items.iter().for_each(|item| references(item, each)),
        Literal::Object(members) => members.values().for_each(|member| references(member, each)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(text: &str, given: Value) -> Vec<String> {
        let given = given.as_object().cloned().unwrap_or_default();
        let document = match parse(text) {
            Ok(document) => document,
            Err(error) => return vec![error.message],
        };
        match check(Schema::served().unwrap(), &document, None, &given) {
            Ok(_) => Vec::new(),
            Err(errors) => errors.into_iter().map(|error| error.message).collect(),
        }
    }

    #[test]
    fn what_github_takes_is_taken() {
        let query = "query($ids: [ID!]!, $n: Int = 1) {
            nodes(ids: $ids) { __typename id ...pull }
        }
        fragment pull on PullRequest {
            number state: state ... on PullRequest { commits(last: $n) { nodes { commit { statusCheckRollup { state } } } } }
        }";
        assert_eq!(errors(query, json!({"ids": ["PR_1"]})), Vec::<String>::new());
    }

    #[test]
    fn every_kind_of_mistake_is_told_in_githubs_words() {
        for (query, message) in [
            ("{ viewer { logn } }", "Field 'logn' doesn't exist on type 'User'"),
            (
                "{ viewer }",
                "Field must have selections (field 'viewer' returns User but has no selections. Did you mean 'viewer { ... }'?)",
            ),
            (
                "{ viewer { login { x } } }",
                "Selections can't be made on scalars (field 'login' returns String but has selections)",
            ),
            ("{ node { id } }", "Field 'node' is missing required arguments: id"),
            (
                "{ node(id: {a: 1}) { id } }",
                "Argument 'id' on Field 'node' has an invalid value ({\"a\":1}). Expected type 'ID!'.",
            ),
            ("{ viewer(x: 1) { id } }", "Field 'viewer' doesn't accept argument 'x'"),
            ("{ ...f }", "Fragment f was used, but not defined"),
            ("{ ...f } fragment f on Query { ...f }", "Fragment f contains an infinite loop"),
            ("{ ... on Nobody { id } }", "No such type Nobody, so it can't be a fragment condition"),
            ("{ node(id: $id) { id } }", "Variable $id is used by this query but not declared"),
            (
                "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
                "Variable $ids of type [ID!]! was provided invalid value",
            ),
            ("mutation { x }", "Schema is not configured for mutations"),
            ("query a { viewer { id } } query b { viewer { id } }", "An operation name is required"),
        ] {
            assert_eq!(errors(query, json!({})), [message], "{query}");
        }
    }

    #[test]
    fn a_syntax_error_tells_its_place() {
        let error = parse("{ viewer { login }").unwrap_err();
        assert_eq!(error.locations.len(), 1, "{error:?}");
    }

    #[test]
    fn fragments_that_double_are_refused_quickly() {
        let mut query = "{ ...f0 }".to_owned();
        for level in 0..60 {
            query += &format!(" fragment f{level} on Query {{ ...f{next} ...f{next} }}", next = level + 1);
        }
        query += " fragment f60 on Query { viewer { id } }";
        let errors = errors(&query, json!({}));
        assert!(errors[0].contains("exceeds the limit"), "{errors:?}");
    }

    #[test]
    fn deep_nesting_is_an_error_and_no_crash() {
        let query = format!("{}{}", "{ viewer ".repeat(20_000), "}".repeat(20_000));
        assert_eq!(errors(&query, json!({})).len(), 1);
    }
}
