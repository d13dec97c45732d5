//! Random interfaces: types of all kinds, functions and resources.

use std::fmt::Write;

use arbitrary::{Result, Unstructured};

/// How deep types are nested at most.
const DEPTH: u32 = 3;

/// Writes types, and the definitions that they need.
struct Writer<'u, 'a> {
    u: &'u mut Unstructured<'a>,
    definitions: String,
    named: u32,
    resources: u32,
}

/// The items of a random interface. Its first functions make resources, one of each type.
pub fn items(u: &mut Unstructured<'_>) -> Result<String> {
    let resources = u.int_in_range(0..=2)?;
    let mut writer = Writer {
        u,
        definitions: String::new(),
        named: 0,
        resources,
    };
    let mut items = String::new();
    for resource in 0..resources {
        let _ = writeln!(items, "resource r{resource};");
        let _ = writeln!(items, "make{resource}: func() -> r{resource};");
    }
    let functions = writer.u.int_in_range(1..=3)?;
    for function in 0..functions {
        let most = if writer.u.ratio(1, 6)? { 18 } else { 4 };
        let count = writer.u.int_in_range(0..=most)?;
        let mut parameters = Vec::new();
        for number in 0..count {
            parameters.push(format!("p{number}: {}", writer.ty(DEPTH, true)?));
        }
        let _ = write!(items, "f{function}: func({})", parameters.join(", "));
        if writer.u.ratio(4, 5)? {
            let _ = write!(items, " -> {}", writer.ty(DEPTH, false)?);
        }
        items.push_str(";\n");
    }
    Ok(writer.definitions + &items)
}

impl Writer<'_, '_> {
    fn ty(&mut self, depth: u32, lends: bool) -> Result<String> {
        const NUMBERS: [&str; 12] = [
            "bool", "u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64", "char",
        ];
        let most = if depth == 0 { 5 } else { 14 };
        Ok(match self.u.int_in_range(0..=most)? {
            0 | 1 => self.u.choose(&NUMBERS)?.to_string(),
            2 => "string".into(),
            3 if self.resources > 0 => {
                let resource = self.u.int_in_range(0..=self.resources - 1)?;
                match lends && self.u.arbitrary()? {
                    true => format!("borrow<r{resource}>"),
                    false => format!("own<r{resource}>"),
                }
            }
            4 => {
                let most = if self.u.ratio(1, 8)? { 300 } else { 9 };
                let cases = self.names("c", 1, most)?;
                self.define("enum", &cases.join(", "))
            }
            3 | 5 => {
                let flags = self.names("b", 1, 32)?;
                self.define("flags", &flags.join(", "))
            }
            6 | 7 => format!("list<{}>", self.ty(depth - 1, lends)?),
            8 => {
                let length = self.u.int_in_range(1..=5)?;
                format!("list<{}, {length}>", self.ty(depth - 1, lends)?)
            }
            9 => {
                let count = self.u.int_in_range(1..=4)?;
                let types = (0..count).map(|_| self.ty(depth - 1, lends));
                format!("tuple<{}>", types.collect::<Result<Vec<_>>>()?.join(", "))
            }
            10 => format!("option<{}>", self.ty(depth - 1, lends)?),
            11 => match self.u.int_in_range(0..=3)? {
                0 => "result".into(),
                1 => format!("result<{}>", self.ty(depth - 1, lends)?),
                2 => format!("result<_, {}>", self.ty(depth - 1, lends)?),
                _ => {
                    let ok = self.ty(depth - 1, lends)?;
                    format!("result<{ok}, {}>", self.ty(depth - 1, lends)?)
                }
            },
            12 => {
                let fields = self.names("d", 1, 6)?;
                let fields = fields
                    .iter()
                    .map(|name| Ok(format!("{name}: {}", self.ty(depth - 1, lends)?)));
                let fields = fields.collect::<Result<Vec<_>>>()?;
                self.define("record", &fields.join(", "))
            }
            _ => {
                let cases = self.names("e", 1, 6)?;
                let cases = cases.iter().map(|name| {
                    Ok(match self.u.ratio(2, 3)? {
                        true => format!("{name}({})", self.ty(depth - 1, lends)?),
                        false => name.clone(),
                    })
                });
                let cases = cases.collect::<Result<Vec<_>>>()?;
                self.define("variant", &cases.join(", "))
            }
        })
    }

    fn names(&mut self, prefix: &str, least: u32, most: u32) -> Result<Vec<String>> {
        let count = self.u.int_in_range(least..=most)?;
        Ok((0..count)
            .map(|number| format!("{prefix}{number}"))
            .collect())
    }

    /// Defines a type and returns its name.
    fn define(&mut self, keyword: &str, body: &str) -> String {
        let name = format!("t{}", self.named);
        self.named += 1;
        let _ = writeln!(self.definitions, "{keyword} {name} {{ {body} }}");
        name
    }
}
