//! The types that answers are made of, read from `schema.graphql`, the part of GitHub's public schema that is served here.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use graphql_parser::schema::{Definition, Field, Type, TypeDefinition, parse_schema};
use serde_json::Value;

/// A type as a query or the schema writes it: a name, a list of it, or either made non-null.
pub type TypeRef = Type<'static, String>;

/// One argument of a field.
#[derive(Debug)]
pub struct ArgumentType {
    /// What a value for it must be.
    pub of: TypeRef,
    /// What stands in when the query gives none.
    pub default: Option<Value>,
}

/// One field of an object or interface.
#[derive(Debug)]
pub struct FieldType {
    /// What it answers.
    pub of: TypeRef,
    /// What it takes, by name.
    pub arguments: BTreeMap<String, ArgumentType>,
}

/// What a name in the schema stands for.
#[derive(Debug)]
pub enum NamedType {
    /// A value without fields.
    Scalar,
    /// One of the listed names.
    Enum(Vec<String>),
    /// Something with fields; for an object also the interfaces that it implements.
    Composite {
        /// The fields by name.
        fields: BTreeMap<String, FieldType>,
        /// The interfaces by name.
        interfaces: Vec<String>,
    },
}

/// All types by name.
#[derive(Debug)]
pub struct Schema {
    types: BTreeMap<String, NamedType>,
}

static SCHEMA: LazyLock<Result<Schema, String>> = LazyLock::new(|| Schema::read(include_str!("schema.graphql")));

impl Schema {
    /// The schema of this server.
    ///
    /// # Errors
    /// The parser's message, when `schema.graphql` is not a schema.
    pub fn served() -> Result<&'static Self, &'static str> {
        SCHEMA.as_ref().map_err(String::as_str)
    }

    fn read(text: &'static str) -> Result<Self, String> {
        let document = parse_schema::<String>(text).map_err(|error| error.to_string())?.into_static();
        let mut types = BTreeMap::new();
        for scalar in ["Boolean", "Float", "ID", "Int", "String"] {
            types.insert(scalar.to_owned(), NamedType::Scalar);
        }
        for definition in document.definitions {
            let Definition::TypeDefinition(definition) = definition else { continue };
            match definition {
                TypeDefinition::Scalar(scalar) => {
                    types.insert(scalar.name, NamedType::Scalar);
                }
                TypeDefinition::Enum(list) => {
                    let names = list.values.into_iter().map(|value| value.name).collect();
                    types.insert(list.name, NamedType::Enum(names));
                }
                TypeDefinition::Object(object) => {
                    let composite = NamedType::Composite {
                        fields: fields(object.fields),
                        interfaces: object.implements_interfaces,
                    };
                    types.insert(object.name, composite);
                }
                TypeDefinition::Interface(interface) => {
                    let composite = NamedType::Composite { fields: fields(interface.fields), interfaces: Vec::new() };
                    types.insert(interface.name, composite);
                }
                TypeDefinition::Union(_) | TypeDefinition::InputObject(_) => {}
            }
        }
        Ok(Self { types })
    }

    /// The type of that name.
    pub fn named(&self, name: &str) -> Option<&NamedType> {
        self.types.get(name)
    }

    /// The field of that name at the object or interface of that name.
    pub fn field(&self, type_name: &str, field: &str) -> Option<&FieldType> {
        match self.types.get(type_name)? {
            NamedType::Composite { fields, .. } => fields.get(field),
            NamedType::Scalar | NamedType::Enum(_) => None,
        }
    }

    /// Whether an object of type `object` may stand where `condition` is asked for.
    pub fn applies(&self, object: &str, condition: &str) -> bool {
        object == condition
            || matches!(self.types.get(object), Some(NamedType::Composite { interfaces, .. })
                if interfaces.iter().any(|interface| interface == condition))
    }
}

fn fields(list: Vec<Field<'static, String>>) -> BTreeMap<String, FieldType> {
    list.into_iter()
        .map(|field| {
            let arguments = field.arguments.into_iter().map(|argument| {
                let default = argument.default_value.as_ref().and_then(constant);
                (argument.name, ArgumentType { of: argument.value_type, default })
            });
            (field.name, FieldType { of: field.field_type, arguments: arguments.collect() })
        })
        .collect()
}

/// A literal without variables as JSON; enum values become strings.
pub fn constant(literal: &graphql_parser::query::Value<'_, String>) -> Option<Value> {
    use graphql_parser::query::Value as Literal;
    Some(match literal {
        Literal::Variable(_) => return None,
        Literal::Int(number) => Value::from(number.as_i64()?),
        Literal::Float(number) => Value::from(*number),
        Literal::String(text) | Literal::Enum(text) => Value::from(text.as_str()),
        Literal::Boolean(flag) => Value::from(*flag),
        Literal::Null => Value::Null,
        Literal::List(items) => Value::Array(items.iter().map(constant).collect::<Option<_>>()?),
        Literal::Object(members) => Value::Object(
            members.iter().map(|(name, value)| Some((name.clone(), constant(value)?))).collect::<Option<_>>()?,
        ),
    })
}

/// The innermost name of a type.
pub fn innermost(of: &TypeRef) -> &str {
    match of {
        Type::NamedType(name) => name,
        Type::ListType(inner) | Type::NonNullType(inner) => innermost(inner),
    }
}

/// Reads an input `value` as `of`, as GraphQL's rules for input coercion have it: a single value may stand for a list.
///
/// # Errors
/// What is wrong with the value, for the person who wrote it.
pub fn coerce(schema: &Schema, of: &TypeRef, value: &Value) -> Result<Value, String> {
    match (of, value) {
        (Type::NonNullType(_), Value::Null) => Err("Expected value to not be null".to_owned()),
        (Type::NonNullType(inner), value) => coerce(schema, inner, value),
        (_, Value::Null) => Ok(Value::Null),
        (Type::ListType(inner), Value::Array(items)) => {
            items.iter().map(|item| coerce(schema, inner, item)).collect::<Result<_, _>>().map(Value::Array)
        }
        (Type::ListType(inner), single) => Ok(Value::Array(vec![coerce(schema, inner, single)?])),
        (Type::NamedType(name), value) => named(schema, name, value),
    }
}

fn named(schema: &Schema, name: &str, value: &Value) -> Result<Value, String> {
    let fits = match name {
        "Int" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        "Float" => value.is_number(),
        "Boolean" => value.is_boolean(),
        "ID" => {
            if let Some(number) = value.as_i64() {
                return Ok(Value::from(number.to_string()));
            }
            value.is_string()
        }
        _ => match schema.named(name) {
            Some(NamedType::Enum(names)) => value.as_str().is_some_and(|text| names.iter().any(|known| known == text)),
            Some(NamedType::Scalar) => value.is_string(),
            Some(NamedType::Composite { .. }) | None => return Err(format!("{name} isn't a defined input type")),
        },
    };
    if fits { Ok(value.clone()) } else { Err(format!("Could not coerce value {value} to {name}")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(text: &str) -> TypeRef {
        let schema = parse_schema::<String>(&format!("type T {{ f: {text} }}")).unwrap().into_static();
        match &schema.definitions[0] {
            Definition::TypeDefinition(TypeDefinition::Object(object)) => object.fields[0].field_type.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_type_that_a_field_names_is_defined() {
        let schema = Schema::served().unwrap();
        for (owner, kind) in &schema.types {
            let NamedType::Composite { fields, interfaces } = kind else { continue };
            for interface in interfaces {
                let Some(NamedType::Composite { fields: demanded, .. }) = schema.named(interface) else {
                    panic!("{owner} implements {interface}, which is not defined")
                };
                for field in demanded.keys() {
                    assert!(fields.contains_key(field), "{owner} lacks {field} of {interface}");
                }
            }
            for (name, field) in fields {
                assert!(schema.named(innermost(&field.of)).is_some(), "{owner}.{name}");
            }
        }
    }

    #[test]
    fn input_values_are_read_by_their_type() {
        let schema = Schema::served().unwrap();
        let read = |text: &str, value: Value| coerce(schema, &of(text), &value);
        assert_eq!(read("[ID!]!", json!(["a", 7])), Ok(json!(["a", "7"])));
        assert_eq!(read("[ID!]!", json!("a")), Ok(json!(["a"])));
        assert_eq!(read("PullRequestState", json!("OPEN")), Ok(json!("OPEN")));
        assert_eq!(read("Int", Value::Null), Ok(Value::Null));
        for (text, value) in [
            ("[ID!]!", Value::Null),
            ("[ID!]!", json!([null])),
            ("ID!", json!({})),
            ("Int", json!("1")),
            ("Int", json!(3_000_000_000_i64)),
            ("PullRequestState", json!("HALF")),
            ("PullRequest", json!("x")),
        ] {
            assert!(read(text, value.clone()).is_err(), "{text} took {value}");
        }
    }
}
