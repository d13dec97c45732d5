//! The lines that `--json` prints on standard error, as types: each is a [`Message`], the last line of `run` is a
//! [`Run`], and that of `serve` a [`Served`]. A test generates the schema in `docs/messages.schema.json` from these types.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

/// A message.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(deny_unknown_fields))]
pub struct Message {
    /// How grave it is.
    pub level: Level,
    /// What is the matter.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The kind of problem: it stays what it is when the wording changes.
    pub code: String,
    /// The component of a graph that it is about, where that is known.
    pub component: Option<String>,
    /// Where that is in a policy or a graph, the place that is wrong first.
    pub places: Vec<Place>,
}

/// How grave a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The command fails because of it.
    Error,
    /// A person should know of it.
    Warning,
    /// What is done, which `--verbose` asks for.
    Info,
}

impl Level {
    /// The word in front of a message.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// A place in a file.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(deny_unknown_fields))]
pub struct Place {
    /// The file's name.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// Bytes from the start of the file.
    pub offset: usize,
    /// Bytes.
    pub length: usize,
    /// What is said about this place.
    pub label: Option<String>,
}

/// What became of a run: the last line.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(JsonSchema), schemars(deny_unknown_fields))]
pub struct Run {
    /// What the record is about.
    pub record: Recorded,
    /// The exit status of the command.
    pub status: u8,
    /// Why the command ended.
    pub outcome: Outcome,
    /// The application's trap, where `outcome` is `trapped`.
    pub trap: Option<Trap>,
    /// What the policy refuses, where `outcome` is `refused`: the messages that came before.
    pub refusals: Vec<Message>,
    /// How long the command took, in seconds.
    pub seconds: f64,
    /// How long of that the application took, in seconds; null if it did not start.
    pub application_seconds: Option<f64>,
    /// Bytes of memories and tables that the application and its adapters had at the most; null if it did not start.
    pub memory_bytes: Option<u64>,
    /// What the policy refused while the application ran: calls that differ, in the order of the first of each.
    pub denials: Vec<Denial>,
    /// How many calls were refused that are not among them, because too many differ.
    pub more_denials: u64,
}

/// What became of a server: the last line.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(JsonSchema), schemars(deny_unknown_fields))]
pub struct Served {
    /// What the record is about.
    pub record: RecordedServer,
    /// What the policy refused of all requests together.
    pub denials: Vec<Denial>,
    /// How many calls were refused that are not among them, because too many differ.
    pub more_denials: u64,
}

/// What the record of a server is about.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum RecordedServer {
    /// A server.
    Serve,
}

/// Calls that the policy refused for one reason.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(JsonSchema), schemars(deny_unknown_fields))]
pub struct Denial {
    /// The component of a graph that made them.
    pub component: Option<String>,
    /// The capability, under the name of the policy's table.
    pub capability: &'static str,
    /// The function of WASI that was called.
    pub function: String,
    /// What it was asked for: a path, an address, a name, a method and a URL, a key, names of variables; empty if nothing.
    pub subject: String,
    /// How often.
    pub count: u64,
    /// What would allow it, as a text.
    pub allowed_by: String,
    /// The table of the policy that would have to change.
    pub table: &'static str,
    /// The path of the mount, where a mount would have to change.
    pub mount: Option<String>,
    /// The lines that the table needs, each instead of its line of the same key; empty where none is known.
    pub lines: Vec<String>,
}

/// What a record is about.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Recorded {
    /// A run.
    Run,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The application ended: the status is its own.
    Exited,
    /// The application trapped.
    Trapped,
    /// The application exceeded a limit, and was ended.
    Exceeded,
    /// The policy refuses the component.
    Refused,
    /// This machine or this tool failed, or the command line, a policy or another file is wrong.
    Failed,
}

/// Why an application trapped.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(deny_unknown_fields))]
pub struct Trap {
    /// What the runtime calls it; for an adapter's own traps, why it trapped.
    pub message: String,
    /// The component of a graph in which it trapped, where that is known.
    pub component: Option<String>,
    /// The functions on the stack, innermost first, where their names are known.
    pub functions: Vec<String>,
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::{env, fs};

    use schemars::generate::SchemaSettings;
    use serde_json::Value;

    use super::*;

    #[derive(JsonSchema)]
    #[schemars(untagged)]
    #[expect(dead_code, reason = "it is there for its schema")]
    enum Line {
        Message(Message),
        Run(Run),
        Served(Served),
    }

    /// Removes the formats that say how many bits an integer has, which JSON Schema does not define.
    fn without_formats(value: &mut Value) {
        match value {
            Value::Object(map) => {
                map.remove("format");
                map.values_mut().for_each(without_formats);
            }
            Value::Array(list) => list.iter_mut().for_each(without_formats),
            _ => {}
        }
    }

    #[test]
    fn the_schema_is_that_of_the_types() {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        let schema = settings.into_generator().into_root_schema_for::<Line>();
        let mut schema = schema.to_value();
        without_formats(&mut schema);
        schema["title"] = "A line that `interpose --json` prints on standard error".into();
        let expected = format!("{schema:#}\n");
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/messages.schema.json");
        if env::var_os("BLESS").is_some() {
            fs::write(&file, &expected).unwrap();
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), expected);
    }
}
