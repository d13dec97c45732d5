//! Suggests the spelling that was probably meant.

/// A hint what to write instead of `word`: the nearest of `words`, or all of them.
pub(crate) fn suggestion(word: &str, words: &[&str]) -> String {
    match nearest(word, words) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => {
            let all: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
            format!("possible here: {}", all.join(", "))
        }
    }
}

/// The word of which `word` is most probably a misspelling.
pub(crate) fn nearest<'w>(word: &str, words: &[&'w str]) -> Option<&'w str> {
    // Underscores and capitals are other spellings of the same name, and the beginning of a name stands for the whole.
    let folded = word.to_lowercase().replace('_', "-");
    let distance = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        if folded.len() >= 3 && candidate.starts_with(&folded) {
            1
        } else {
            strsim::osa_distance(&folded, &candidate)
        }
    };
    let (best, candidate) = words
        .iter()
        .map(|candidate| (distance(candidate), *candidate))
        .min()?;
    // A third of the letters may be wrong; beyond that a suggestion is a guess.
    (best <= 1.max(folded.chars().count() / 3)).then_some(candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_what_was_meant() {
        let words = [
            "stdin",
            "stdout",
            "stderr",
            "max-bytes",
            "environment",
            "at",
        ];
        for (word, expected) in [
            ("stdni", Some("stdin")),
            ("max_bytes", Some("max-bytes")),
            ("MaxBytes", Some("max-bytes")),
            ("env", Some("environment")),
            ("enviroment", Some("environment")),
            ("network", None),
            ("", None),
            ("ät", Some("at")),
        ] {
            assert_eq!(nearest(word, &words), expected, "{word:?}");
        }
        assert_eq!(nearest("x", &[]), None);
    }
}
