//! Runs a checked query: fields in the order that they stand in, fragments merged, errors beside the data that there is.

use futures::future::{BoxFuture, FutureExt};
use graphql_parser::query::{Directive, Field, Selection, SelectionSet, TypeCondition};
use serde_json::{Map, Value};

use super::resolve::{FieldError, Object, Resolved, Resolver};
use super::schema::{Schema, TypeRef, coerce, constant};
use super::validate::{GraphqlError, Request};

/// Objects made in one request: more is refused, as GitHub refuses more than its node limit.
const MAX_OBJECTS: usize = 20_000;

/// Answers `request`: the data (null when an error reached the root) and the errors.
pub async fn execute(schema: &Schema, request: &Request<'_>, resolver: &Resolver<'_>) -> (Value, Vec<GraphqlError>) {
    let mut execution = Execution { schema, request, resolver, errors: Vec::new(), objects: 0 };
    let data = execution.object(&Object::Query, vec![request.selection], Vec::new()).await;
    (data.unwrap_or(Value::Null), execution.errors)
}

/// A field whose error must null what holds it.
struct Unanswered;

type Answer = Result<Value, Unanswered>;

struct Execution<'e> {
    schema: &'e Schema,
    request: &'e Request<'e>,
    resolver: &'e Resolver<'e>,
    errors: Vec<GraphqlError>,
    objects: usize,
}

/// The selections that share one name in the answer.
struct Asked<'e> {
    key: &'e str,
    field: &'e Field<'static, String>,
    nested: Vec<&'e SelectionSet<'static, String>>,
}

impl<'e> Execution<'e> {
    fn object<'a>(
        &'a mut self,
        object: &'a Object,
        sets: Vec<&'e SelectionSet<'static, String>>,
        path: Vec<Value>,
    ) -> BoxFuture<'a, Answer>
    where
        'e: 'a,
    {
        async move {
            self.objects += 1;
            if self.objects > MAX_OBJECTS {
                if self.objects == MAX_OBJECTS + 1 {
                    let message =
                        format!("This query requests more than {MAX_OBJECTS} objects, which exceeds the limit");
                    self.errors
                        .push(GraphqlError { kind: Some("MAX_NODE_LIMIT_EXCEEDED"), ..GraphqlError::plain(message) });
                }
                return Err(Unanswered);
            }
            let type_name = object.type_name();
            let mut asked = Vec::new();
            for set in sets {
                self.collect(type_name, set, &mut asked);
            }
            let mut members = Map::new();
            for Asked { key, field, nested } in asked {
                if field.name == "__typename" {
                    members.insert(key.to_owned(), Value::from(type_name));
                    continue;
                }
                // A field that only an interface's selection could name is checked before; none is left unknown here.
                let Some(known) = self.schema.field(type_name, &field.name) else { continue };
                let mut path = path.clone();
                path.push(Value::from(key));
                let arguments = self.arguments(field, &known.arguments);
                let resolved = self.resolver.resolve(object, &field.name, &arguments).await;
                let value = self.complete(&known.of, resolved, field, nested, path).await?;
                members.insert(key.to_owned(), value);
            }
            Ok(Value::Object(members))
        }
        .boxed()
    }

    fn collect(&self, type_name: &str, set: &'e SelectionSet<'static, String>, asked: &mut Vec<Asked<'e>>) {
        for item in &set.items {
            match item {
                Selection::Field(field) if self.included(&field.directives) => {
                    let key = field.alias.as_ref().unwrap_or(&field.name).as_str();
                    match asked.iter_mut().find(|other| other.key == key) {
                        Some(other) => other.nested.push(&field.selection_set),
                        None => asked.push(Asked { key, field, nested: vec![&field.selection_set] }),
                    }
                }
                Selection::InlineFragment(fragment) if self.included(&fragment.directives) => {
                    let applies = match &fragment.type_condition {
                        Some(TypeCondition::On(condition)) => self.schema.applies(type_name, condition),
                        None => true,
                    };
                    if applies {
                        self.collect(type_name, &fragment.selection_set, asked);
                    }
                }
                Selection::FragmentSpread(spread) if self.included(&spread.directives) => {
                    let Some(fragment) = self.request.fragments.get(spread.fragment_name.as_str()) else { continue };
                    let TypeCondition::On(condition) = &fragment.type_condition;
                    if self.schema.applies(type_name, condition) {
                        self.collect(type_name, &fragment.selection_set, asked);
                    }
                }
                _ => {}
            }
        }
    }

    fn included(&self, directives: &[Directive<'static, String>]) -> bool {
        directives.iter().all(|directive| {
            let condition = directive.arguments.iter().find(|(name, _)| name == "if");
            let condition = condition.and_then(|(_, value)| self.value(value)).and_then(|value| value.as_bool());
            match directive.name.as_str() {
                "include" => condition.unwrap_or(true),
                "skip" => !condition.unwrap_or(false),
                _ => true,
            }
        })
    }

    fn value(&self, literal: &graphql_parser::query::Value<'static, String>) -> Option<Value> {
        use graphql_parser::query::Value as Literal;
        match literal {
            Literal::Variable(name) => self.request.variables.get(name).cloned(),
            Literal::List(items) => {
                Some(Value::Array(items.iter().map(|item| self.value(item).unwrap_or(Value::Null)).collect()))
            }
            literal => constant(literal),
        }
    }

    fn arguments(
        &self,
        field: &Field<'static, String>,
        known: &std::collections::BTreeMap<String, super::schema::ArgumentType>,
    ) -> Map<String, Value> {
        let mut arguments = Map::new();
        for (name, wanted) in known {
            let given = field.arguments.iter().find(|(given, _)| given == name);
            let value = given.and_then(|(_, literal)| self.value(literal)).or_else(|| wanted.default.clone());
            if let Some(value) = value.and_then(|value| coerce(self.schema, &wanted.of, &value).ok()) {
                arguments.insert(name.clone(), value);
            }
        }
        arguments
    }

    async fn complete<'a>(
        &'a mut self,
        of: &'a TypeRef,
        resolved: Result<Resolved, FieldError>,
        field: &'e Field<'static, String>,
        nested: Vec<&'e SelectionSet<'static, String>>,
        path: Vec<Value>,
    ) -> Answer
    where
        'e: 'a,
    {
        let required = matches!(of, TypeRef::NonNullType(_));
        let answer = match resolved {
            Ok(Resolved::Value(value)) => Ok(value),
            Ok(Resolved::Object(object)) => self.object(&object, nested, path).await,
            Ok(Resolved::Objects(items)) => {
                let mut list = Vec::new();
                for (index, item) in items.into_iter().enumerate() {
                    let mut path = path.clone();
                    path.push(Value::from(index));
                    let value = match item {
                        Ok(object) => self.object(&object, nested.clone(), path).await.unwrap_or(Value::Null),
                        Err(error) => {
                            self.fail(error, field, path);
                            Value::Null
                        }
                    };
                    list.push(value);
                }
                Ok(Value::Array(list))
            }
            Err(error) => {
                self.fail(error, field, path);
                Err(Unanswered)
            }
        };
        match answer {
            Ok(Value::Null) | Err(Unanswered) if required => Err(Unanswered),
            Err(Unanswered) => Ok(Value::Null),
            Ok(value) => Ok(value),
        }
    }

    fn fail(&mut self, error: FieldError, field: &Field<'static, String>, path: Vec<Value>) {
        let FieldError { kind, message } = error;
        let error = GraphqlError { kind: Some(kind), path, ..GraphqlError::plain(message) };
        self.errors.push(error.at(field.position));
    }
}
