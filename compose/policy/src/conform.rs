//! Compares a table with its shape: which keys the table has, and how those keys depend on each other.

use toml::de::DeValue;

use crate::error::Problem;
use crate::nearest::suggestion;
use crate::reader::{Reader, Table, Value};
use crate::shape::{Need, Rule, Shape};

impl<'t> Table<'t> {
    /// Reports where the table differs from its shape, except in the shapes of values, which the functions that read
    /// the values check. `below` is `Some` if the extended policy has the same table: then it is the word under the key
    /// that decides about that table, or empty if no key decides.
    pub(crate) fn check(&self, reader: &mut Reader<'_>, below: Option<&str>) {
        let names = self.shape.names();
        for (key, _) in self.entries {
            if !names.contains(&key.get_ref().as_ref()) {
                let problem = Problem::UnknownKey {
                    key: key.get_ref().to_string(),
                    table: self.shape.name,
                };
                let hint = suggestion(key.get_ref(), &names);
                reader.report(&key.span(), problem).with_hint(hint);
            }
        }
        for key in self.shape.keys {
            let is_inherited = below.is_some() || reader.tolerates_missing;
            match key.need {
                // The table of a policy in a graph has no version.
                Need::Required(_) if matches!(key.shape, Shape::Version(_)) => {}
                Need::RequiredWithoutBase(_) if is_inherited => {}
                Need::Required(hint) | Need::RequiredWithoutBase(hint) => {
                    self.require(reader, key.name, hint);
                }
                Need::Optional | Need::Extending => {}
            }
        }
        for rule in self.shape.rules {
            self.check_rule(reader, rule, below);
        }
    }

    fn check_rule(&self, reader: &mut Reader<'_>, rule: &Rule, below: Option<&str>) {
        let present = |keys: &'static [&'static str]| keys.iter().filter_map(|key| self.get(key));
        match rule {
            Rule::Only { keys, key, words } => {
                let entry = self.get(key);
                let word = match &entry {
                    Some(entry) => self.known_word(key, &entry.value),
                    None => below,
                };
                if word.is_none_or(|word| words.contains(&word)) {
                    return;
                }
                for foreign in present(keys) {
                    let reason = format!(
                        "`{}` means something for {} only",
                        foreign.key,
                        all(key, words)
                    );
                    let problem = reader.contradiction(&foreign.whole(), reason);
                    match &entry {
                        Some(entry) => problem
                            .with_label(entry.whole(), format!("the {key}"))
                            .with_hint("remove one of them"),
                        None => problem.with_hint(format!(
                            "name the {key} here: that of the policy that this one extends is another"
                        )),
                    };
                }
            }
            Rule::Needs {
                key,
                word,
                needs,
                inherits,
                hint,
            } => {
                let entry = self.get(key);
                let is_word = entry.is_some_and(
                    |entry| matches!(entry.value.get(), DeValue::String(text) if text == word),
                );
                let is_inherited = *inherits && (below == Some(word) || reader.tolerates_missing);
                if is_word && !is_inherited && self.get(needs).is_none() {
                    self.report_missing(reader, needs, hint);
                }
            }
            Rule::AtMostOne { keys, reason, hint } => {
                let entries: Vec<_> = present(keys).collect();
                let Some((first, others)) = entries.split_first() else {
                    return;
                };
                for other in others {
                    reader
                        .contradiction(&other.whole(), *reason)
                        .with_label(first.whole(), "the other")
                        .with_hint(*hint);
                }
            }
            Rule::AtLeastOne { keys, hint } => {
                if let Some(first) = keys.first()
                    && present(keys).next().is_none()
                    && !keys.iter().any(|key| self.misspells(key))
                {
                    self.report_missing(reader, first, hint);
                }
            }
            Rule::With {
                keys,
                other,
                inherits,
                reason,
            } => {
                let is_inherited = *inherits && (below.is_some() || reader.tolerates_missing);
                if !is_inherited && self.get(other).is_none() {
                    for entry in present(keys) {
                        let reason = format!("`{}` {reason}", entry.key);
                        reader.contradiction(&entry.whole(), reason);
                    }
                }
            }
            Rule::Excludes {
                key,
                other,
                reason,
                hint,
            } => {
                let is_true = self
                    .get(key)
                    .is_some_and(|entry| matches!(entry.value.get(), DeValue::Boolean(true)));
                if let Some(other) = self.get(other)
                    && is_true
                {
                    reader
                        .contradiction(&other.whole(), *reason)
                        .with_hint(*hint);
                }
            }
        }
    }

    /// The word under `key`, if it is one of the words that the shape lists.
    fn known_word(&self, key: &str, value: &Value<'t>) -> Option<&'t str> {
        let key = self.shape.keys.iter().find(|known| known.name == key)?;
        let (Shape::Words(words), DeValue::String(text)) = (&key.shape, value.get()) else {
            return None;
        };
        let is_known = words().iter().any(|(word, _)| word == text);
        is_known.then_some(text)
    }
}

/// The words under a key as part of a message, like "the modes `virtual` and `frozen`".
fn all(key: &str, words: &[&str]) -> String {
    let plural = if words.len() == 1 { "" } else { "s" };
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    format!("the {key}{plural} {}", words.join(" and "))
}
