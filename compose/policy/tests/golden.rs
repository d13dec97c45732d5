//! Each folder of `tests/cases/policy` at the root of the repository is a case and a test: `policy.toml`, and either
//! `error.txt`, the messages about it, or `ok.txt`, the policy merged with those that it extends. With the variable
//! `BLESS` set, the test writes these files instead of comparing them; read what changed.

mod render;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use interpose_policy::Policy;
use libtest_mimic::{Arguments, Failed, Trial};
use render::render;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = cases().into_iter().map(|case| {
        let name = case.file_name().unwrap_or_default().to_string_lossy();
        Trial::test(name.into_owned(), move || check(&case))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn cases() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/policy");
    let entries = fs::read_dir(directory).expect("the directory of cases");
    let mut cases: Vec<_> = entries.map(|entry| entry.expect("a case").path()).collect();
    cases.sort();
    cases
}

/// Compares the outcome of a case with what is written in its folder.
fn check(case: &Path) -> Result<(), Failed> {
    let (file, other, text) = outcome(case)?;
    if env::var_os("BLESS").is_some() {
        let _ = fs::remove_file(case.join(other));
        return Ok(fs::write(case.join(file), text)?);
    }
    let expected = fs::read_to_string(case.join(file)).unwrap_or_default();
    if text != expected || case.join(other).exists() {
        return Err(format!("BLESS=1 accepts this as `{file}`:\n\n{text}").into());
    }
    Ok(())
}

/// Returns the name of the file that holds the outcome of a case, the name of the file that the case must not have
/// then, and the outcome.
fn outcome(case: &Path) -> Result<(&'static str, &'static str, String), Failed> {
    let source = fs::read_to_string(case.join("policy.toml"))?;
    match Policy::parse("policy.toml", &source, Some(case)) {
        Ok(policy) => {
            let text = format!("{policy:#?}\n");
            // Paths in a policy are joined to its directory.
            let text = text.replace(&*case.to_string_lossy(), "<directory>");
            Ok(("ok.txt", "error.txt", text))
        }
        Err(errors) => Ok(("error.txt", "ok.txt", render(&errors))),
    }
}
