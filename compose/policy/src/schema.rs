//! The JSON Schema of the policy language, for editors.
//!
//! The types here mirror what the TOML looks like; nothing is read with them. A test holds them against the keys that
//! the parser knows, and the schema against the policies of the test suite.

use std::collections::BTreeMap;

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};

/// The JSON Schema (draft 2020-12) of a policy file.
pub fn schema() -> serde_json::Value {
    let generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    generator.into_root_schema_for::<Policy>().to_value()
}

/// A policy: what an application gets.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its shape is used")]
struct Policy {
    /// The version of the policy language.
    #[schemars(range(min = 1, max = 1))]
    version: u64,
    /// What the policy is for.
    description: Option<String>,
    /// A built-in policy's name or a path; this file's tables replace that policy's.
    extends: Option<String>,
    /// What decides about that which the policy does not name; `deny` if not given.
    default: Option<Fallback>,
    /// Command-line arguments and the initial working directory.
    arguments: Option<Arguments>,
    /// Environment variables.
    environment: Option<Environment>,
    /// Standard streams.
    stdio: Option<Stdio>,
    /// Preopens and limits.
    filesystem: Option<Filesystem>,
    /// Sockets and name lookup. What no rule allows is refused.
    network: Option<Network>,
    /// Outgoing HTTP requests. What no rule allows is refused.
    http: Option<Http>,
    /// Clocks.
    clocks: Option<Clocks>,
    /// Random numbers.
    random: Option<Random>,
    /// What ending the program by `exit` does.
    exit: Option<Exit>,
    /// Configuration values.
    config: Option<Config>,
    /// Interfaces that no other table is about.
    interfaces: Option<Interfaces>,
    /// Faults to inject.
    faults: Option<Faults>,
    /// What a run may take of the machine.
    limits: Option<Limits>,
}

macro_rules! mirror {
    ($($(#[$attribute:meta])* $kind:ident $name:ident $body:tt)*) => {
        $(
            $(#[$attribute])*
            #[derive(JsonSchema)]
            #[schemars(deny_unknown_fields, rename_all = "kebab-case")]
            #[expect(dead_code, reason = "only its shape is used")]
            $kind $name $body
        )*
    };
}

mirror! {
    /// What decides about that which a policy does not name.
    enum Fallback {
        /// The application does not get it.
        Deny,
        /// The application gets the host's.
        Inherit,
        /// Composing fails.
        Error,
    }

    /// Command-line arguments and the initial working directory.
    struct Arguments {
        /// Whether they are the host's.
        inherit: Option<bool>,
        /// The arguments, the program's name first.
        set: Option<Vec<String>>,
        /// The initial working directory, an absolute path.
        cwd: Option<String>,
    }

    /// Environment variables.
    struct Environment {
        /// Names of the host's variables that are passed on; `*` stands for any characters.
        inherit: Option<Vec<String>>,
        /// Of those, names that are not passed on.
        except: Option<Vec<String>>,
        /// Variables and their values.
        set: Option<BTreeMap<String, String>>,
    }

    /// Standard streams.
    struct Stdio {
        /// Where input comes from.
        stdin: Option<Stdin>,
        /// Where output goes.
        stdout: Option<Output>,
        /// Where errors go.
        stderr: Option<Output>,
        /// Whether a stream that is inherited is a terminal where the host says so; `true` if not given.
        terminals: Option<bool>,
    }

    /// Preopens and limits.
    struct Filesystem {
        /// Whether the host's preopens are the application's too, but for those whose names are paths of mounts.
        inherit: Option<bool>,
        /// What all memory mounts together may hold, like `64MiB`.
        max_bytes: Option<Quantity>,
        /// How many files, directories and links all memory mounts together may hold.
        max_entries: Option<u64>,
        /// The preopens.
        mounts: Option<Vec<Mount>>,
    }

    /// A preopen.
    struct Mount {
        /// The absolute path under which the application sees it.
        path: String,
        /// What it shows.
        source: Source,
        /// What the application may do with it; `read-write` if not given.
        access: Option<Access>,
        /// memory, overlay: a local directory that is baked in when composing.
        from: Option<String>,
        /// memory, overlay: globs of the files that are baked in; all if not given.
        include: Option<Vec<String>>,
        /// memory, overlay: globs of what is not baked in.
        exclude: Option<Vec<String>>,
        /// memory, overlay: the times of what is baked in; `fixed` if not given.
        times: Option<Times>,
        /// memory, overlay: empty directories that exist from the start.
        directories: Option<Vec<String>>,
        /// memory, overlay: files that exist from the start, by their paths.
        files: Option<BTreeMap<String, File>>,
        /// memory, overlay: symbolic links that exist from the start, by their paths, and where they lead.
        links: Option<BTreeMap<String, String>>,
        /// memory, overlay: whether there are devices in `/dev`.
        devices: Option<bool>,
        /// host, overlay: the name of the host's preopen; the same as `path` if not given.
        host: Option<String>,
        /// host, overlay: the directory below the host's preopen that is shown.
        subtree: Option<String>,
        /// host, overlay: globs of what the application does not see.
        hide: Option<Vec<String>>,
    }

    /// What a preopen shows.
    enum Source {
        /// Files in memory.
        Memory,
        /// A directory of the host.
        Host,
        /// Files in memory over a directory of the host.
        Overlay,
    }

    /// What an application may do with a preopen.
    enum Access {
        /// Everything.
        ReadWrite,
        /// Reading.
        ReadOnly,
    }

    /// The times of what is baked in.
    enum Times {
        /// When a virtual clock starts, otherwise the beginning of 1980.
        Fixed,
        /// When it was changed last on disk.
        Disk,
    }

    /// Sockets and name lookup.
    struct Network {
        /// Peers: `tcp://api.example.com:443`, `udp://10.0.0.0/8:*`.
        connect: Option<Vec<String>>,
        /// Addresses of this host: `tcp://127.0.0.1:8080`.
        listen: Option<Vec<String>>,
        /// Names that may be looked up besides those in `connect`: `*.example.com`.
        resolve: Option<Vec<String>>,
        /// What is refused whatever the rules above allow: `private`, `169.254.0.0/16`, `tcp://*:25`.
        deny: Option<Vec<String>>,
    }

    /// Outgoing HTTP requests.
    struct Http {
        /// Requests that may be made.
        allow: Option<Vec<Request>>,
        /// Requests that are refused whatever `allow` says.
        deny: Option<Vec<Request>>,
        /// Headers that each request has with exactly this value.
        set_headers: Option<BTreeMap<String, String>>,
        /// Headers that no request has.
        remove_headers: Option<Vec<String>>,
    }

    /// Clocks.
    struct Clocks {
        /// Where time comes from.
        mode: ClocksMode,
        /// virtual, frozen: when time begins, `2026-01-01T00:00:00Z`; the Unix epoch if not given.
        #[schemars(extend("format" = "date-time"))]
        start: Option<String>,
        /// virtual, frozen: time that passes at each reading, like `1us`.
        tick: Option<Quantity>,
        /// offset: what is added to the host's wall clock, like `+3h`.
        offset: Option<String>,
        /// coarse: what readings are rounded down to, like `1ms`.
        resolution: Option<Quantity>,
    }

    /// Where time comes from.
    enum ClocksMode {
        /// The host's clocks.
        Inherit,
        /// A clock of its own that jumps over every wait.
        Virtual,
        /// A clock that stands still.
        Frozen,
        /// The host's clocks, the wall clock shifted.
        Offset,
        /// The host's clocks, rounded down.
        Coarse,
        /// Every reading traps.
        Deny,
    }

    /// Random numbers.
    struct Random {
        /// Where they come from.
        mode: RandomMode,
        /// seeded: what the generator begins with.
        seed: Option<u64>,
    }

    /// Where random numbers come from.
    enum RandomMode {
        /// The host's generators.
        Inherit,
        /// A generator that gives the same numbers in every run.
        Seeded,
        /// Every call traps.
        Deny,
    }

    /// What ending the program by `exit` does.
    struct Exit {
        /// What it does.
        mode: ExitMode,
    }

    /// What `exit` does.
    enum ExitMode {
        /// The host's exit.
        Inherit,
        /// It traps.
        Trap,
    }

    /// Configuration values.
    struct Config {
        /// Keys and their values.
        set: Option<BTreeMap<String, String>>,
        /// The host's keys that are passed on; `*` stands for any characters.
        inherit: Option<Vec<String>>,
        /// Of those, keys that are not passed on.
        except: Option<Vec<String>>,
    }

    /// Interfaces that no other table is about.
    struct Interfaces {
        /// Those that are the host's: `acme:*`, `acme:billing/*`, `acme:billing/invoices@1.2.0`.
        allow: Option<Vec<String>>,
    }

    /// Faults to inject.
    struct Faults {
        /// What decides which calls fail.
        seed: Option<u64>,
        /// The rules; the first that matches a call decides.
        rules: Option<Vec<FaultRule>>,
    }

    /// A fault to inject: one of `error`, `short`, `delay` and `crash`, at most one of `probability`, `nth` and `after`.
    struct FaultRule {
        /// A family of calls or one of its functions: `filesystem`, `filesystem.write`, `network.connect`.
        on: String,
        /// A glob of the paths that the rule is about, as the application sees them.
        path: Option<String>,
        /// The peer that the rule is about.
        host: Option<String>,
        /// The call fails with this WASI error.
        error: Option<String>,
        /// The call moves fewer bytes than it could.
        short: Option<bool>,
        /// The call takes this long: `5ms`, `1ms..50ms`.
        delay: Option<String>,
        /// The application ends as if the machine had lost power.
        crash: Option<bool>,
        /// How probable the fault is for each call.
        probability: Option<f64>,
        /// To which call it happens, counted from 1.
        #[schemars(range(min = 1))]
        nth: Option<u64>,
        /// When it happens first, from the start.
        after: Option<Quantity>,
        /// How many times it happens at most.
        #[schemars(range(min = 1))]
        limit: Option<u64>,
    }

    /// What a run may take of the machine, or with a server each request. `run` and `serve` hold it; a written component
    /// cannot.
    struct Limits {
        /// How long it may take, like `30s`.
        timeout: Option<Quantity>,
        /// What the memories and tables of the application and of its adapters may have together, like `256MiB`.
        max_memory: Option<Quantity>,
        /// How many units of fuel, most instructions one, it may burn.
        #[schemars(range(min = 1))]
        fuel: Option<u64>,
    }
}

/// A number with a unit, or 0.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its shape is used")]
enum Quantity {
    Zero(#[schemars(range(min = 0, max = 0))] u64),
    Text(#[schemars(regex(pattern = r"^(0|[0-9]+(\.[0-9]+)?([num]?s|m|h|B|[KMG]i?B))$"))] String),
}

/// Where input comes from.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its shape is used")]
enum Stdin {
    Word(StdinWord),
    Text(StdinText),
    File(StdinFile),
}

/// What a file holds: a text, or what a file of this machine holds when composing.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its shape is used")]
enum File {
    Contents(String),
    Text(FileText),
    File(FileOfDisk),
}

/// Where output goes.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its shape is used")]
enum Output {
    Word(OutputWord),
    Prefix(OutputPrefix),
}

/// Which requests are meant: those with a URL like `https://example.com/v1/*`, or with some methods only.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its shape is used")]
enum Request {
    Url(String),
    Rule(RequestRule),
}

mirror! {
    enum StdinWord {
        /// The host's.
        Inherit,
        /// The host's, read to its end before the application gets any of it, and no terminal.
        Whole,
        /// Ends at once.
        Closed,
        /// The first read fails.
        Deny,
    }

    struct StdinText {
        /// The input.
        text: String,
    }

    struct StdinFile {
        /// A file whose contents, when composing, are the input.
        file: String,
    }

    struct FileText {
        /// The contents.
        text: String,
    }

    struct FileOfDisk {
        /// A file whose contents, when composing, are those of the file.
        file: String,
    }

    enum OutputWord {
        /// The host's.
        Inherit,
        /// Nowhere.
        Discard,
        /// The first write fails.
        Deny,
    }

    struct OutputPrefix {
        /// What stands before each line.
        prefix: String,
    }

    struct RequestRule {
        /// The methods; every method if not given.
        methods: Option<Vec<String>>,
        /// The URLs.
        url: String,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::POLICY;
    use crate::tables::{
        application, clocks, config, contents, faults, filesystem, http, limits, network, random,
        stdio,
    };

    #[test]
    fn the_schema_has_the_keys_of_the_parser() {
        let schema = schema();
        let keys = |value: &serde_json::Value| -> Vec<String> {
            let mut keys: Vec<String> = value["properties"]
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect();
            keys.sort();
            keys
        };
        let mut tables: BTreeMap<&str, &[&str]> = BTreeMap::from([
            ("Arguments", application::ARGUMENTS),
            ("Environment", application::ENVIRONMENT),
            ("Exit", application::EXIT),
            ("Stdio", stdio::STDIO),
            ("OutputPrefix", stdio::STDOUT),
            ("Filesystem", filesystem::FILESYSTEM),
            ("Mount", filesystem::MOUNT),
            ("Network", network::NETWORK),
            ("Http", http::HTTP),
            ("RequestRule", http::REQUEST),
            ("Clocks", clocks::CLOCKS),
            ("Random", random::RANDOM),
            ("Config", config::CONFIG),
            ("Interfaces", config::INTERFACES),
            ("Faults", faults::FAULTS),
            ("FaultRule", faults::RULE),
            ("Limits", limits::LIMITS),
            // Two forms of one table of the parser's.
            ("StdinText", &stdio::STDIN[..1]),
            ("StdinFile", &stdio::STDIN[1..]),
            ("FileText", &contents::FILE[..1]),
            ("FileOfDisk", &contents::FILE[1..]),
        ]);
        let sorted = |keys: &[&str]| {
            let mut keys: Vec<String> = keys.iter().map(|key| key.to_string()).collect();
            keys.sort();
            keys
        };
        assert_eq!(keys(&schema), sorted(POLICY));
        for (name, definition) in schema["$defs"].as_object().unwrap() {
            if definition.get("properties").is_some() {
                let known = tables
                    .remove(name.as_str())
                    .unwrap_or_else(|| panic!("{name} is not a table"));
                assert_eq!(keys(definition), sorted(known), "{name}");
                assert_eq!(definition["additionalProperties"], false, "{name}");
            }
        }
        assert!(tables.is_empty(), "not in the schema: {tables:?}");
    }
}
