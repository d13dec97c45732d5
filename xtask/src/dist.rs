//! `cargo xtask dist`: makes the files of a release for one system: an archive, a wheel, and packages for npm.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};

use crate::commands::{cargo, command, quiet_output, run};
use crate::repository::Metadata;

/// Build the command for a release, and make the archive, the wheel and the packages for npm
#[derive(Args)]
pub struct Dist {
    /// What to make; everything if nothing is named
    #[arg(value_enum)]
    kinds: Vec<Kind>,
    /// The system to build for; this one by default
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
    /// The profile to build with
    #[arg(long, value_name = "NAME", default_value = "release")]
    profile: String,
    /// The folder to build in; cargo's own by default
    #[arg(long, value_name = "DIR")]
    target_dir: Option<PathBuf>,
    /// A binary that is built already, for the archive
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// The folder to write to; `dist` in cargo's target folder by default
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// A form in which the command is released.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// `interpose-VERSION-TARGET.tar.gz`
    Archive,
    /// A wheel for PyPI, by maturin
    Wheel,
    /// Packages for npm, of the archive
    Npm,
}

impl Dist {
    /// Runs the task.
    pub fn run(self) -> Result<()> {
        let metadata = Metadata::read()?;
        let release = Release {
            version: metadata.version("interpose")?,
            target: self.target,
            host: host()?,
            profile: self.profile,
            target_dir: self.target_dir.unwrap_or(metadata.target().to_owned()),
            out: self.out.unwrap_or(metadata.target().join("dist")),
        };
        fs::create_dir_all(&release.out).with_context(|| release.out.display().to_string())?;
        let wanted = |kind| self.kinds.is_empty() || self.kinds.contains(&kind);
        if wanted(Kind::Archive) {
            let binary = match self.binary {
                Some(binary) => binary,
                None => release.binary()?,
            };
            release.archive(&binary)?;
        }
        if wanted(Kind::Wheel) {
            release.wheel()?;
        }
        if wanted(Kind::Npm) {
            release.npm()?;
        }
        Ok(())
    }
}

/// The target of this machine's compiler.
fn host() -> Result<String> {
    let target = quiet_output(&mut command("rustc", ["--print", "host-tuple"]))?;
    Ok(target.trim().to_owned())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| from.display().to_string())?;
    Ok(())
}

/// The release, and how it is built.
struct Release<'a> {
    version: &'a str,
    /// The system to build for, if it is named. Cargo builds in a folder of its own for a system that is named, even for
    /// this one, and finds nothing there that other builds have compiled.
    target: Option<String>,
    /// This system.
    host: String,
    profile: String,
    target_dir: PathBuf,
    out: PathBuf,
}

impl Release<'_> {
    /// The name of the archive, and of the folder in it.
    fn name(&self) -> String {
        format!("interpose-{}-{}", self.version, self.system())
    }

    /// The system that the release is for.
    fn system(&self) -> &str {
        self.target.as_ref().unwrap_or(&self.host)
    }

    /// The build options, which cargo and maturin share.
    fn options(&self) -> Vec<&str> {
        let mut options = vec!["--locked", "--profile", &self.profile];
        if let Some(target) = &self.target {
            options.extend(["--target", target]);
        }
        options
    }

    /// Where cargo writes the command.
    fn built(&self) -> PathBuf {
        // The folder of the profile `dev` has another name.
        let profile = match self.profile.as_str() {
            "dev" => "debug",
            profile => profile,
        };
        let mut folder = self.target_dir.clone();
        folder.extend(&self.target);
        folder.join(profile).join("interpose")
    }

    /// Builds the command.
    fn binary(&self) -> Result<PathBuf> {
        let mut build = cargo(["build", "-p", "interpose"]);
        build
            .args(self.options())
            .arg("--target-dir")
            .arg(&self.target_dir);
        run(&mut build)?;
        Ok(self.built())
    }

    /// Packs the command with the documents that a user needs.
    fn archive(&self, binary: &Path) -> Result<()> {
        let name = self.name();
        let folder = self.out.join(&name);
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        copy(binary, &folder.join("interpose"))?;
        for file in ["README.md", "CHANGELOG.md", "LICENSE"] {
            copy(Path::new(file), &folder.join(file))?;
        }
        let archive = self.out.join(format!("{name}.tar.gz"));
        let mut tar = command("tar", ["-czf"]);
        run(tar.arg(archive).arg("-C").arg(&self.out).arg(&name))?;
        fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())
    }

    /// Makes the wheel that `pyproject.toml` describes. maturin builds the command itself; with the same options it
    /// reuses the compiled dependencies.
    fn wheel(&self) -> Result<()> {
        let environment = self.out.join("venv");
        run(command("python3", ["-m", "venv"]).arg(&environment))?;
        let tools = environment.join("bin");
        run(&mut command(
            tools.join("pip"),
            ["install", "--quiet", "maturin>=1.9,<2"],
        ))?;
        let mut build = command(tools.join("maturin"), ["build"]);
        build
            .args(self.options())
            .arg("--target-dir")
            .arg(&self.target_dir);
        run(build.arg("--out").arg(&self.out))
    }

    /// Makes the npm package from the archive, and the package that depends on it.
    fn npm(&self) -> Result<()> {
        let archive = self.out.join(format!("{}.tar.gz", self.name()));
        ensure!(
            archive.exists(),
            "{} has to be made first",
            archive.display()
        );
        let mut pack = command("node", ["npm/pack.mjs", self.version]);
        run(pack.arg(&self.out).arg(self.system()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_named_to_cargo_only_if_it_was_named_to_the_task() {
        let release = |target: Option<&str>, profile: &str| Release {
            version: "1.2.3",
            target: target.map(str::to_owned),
            host: "here".into(),
            profile: profile.into(),
            target_dir: "target".into(),
            out: "out".into(),
        };
        let own = release(None, "dev");
        assert_eq!(own.name(), "interpose-1.2.3-here");
        assert_eq!(own.options(), ["--locked", "--profile", "dev"]);
        assert_eq!(own.built(), Path::new("target/debug/interpose"));
        let other = release(Some("there"), "release");
        assert_eq!(other.name(), "interpose-1.2.3-there");
        assert_eq!(other.options()[3..], ["--target", "there"]);
        assert_eq!(other.built(), Path::new("target/there/release/interpose"));
    }
}
