//! `interpose completions` and `interpose man`: describe the command line for shells and for `man`.

use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::failure::Failure;
use crate::help;
use crate::output;
use crate::session::Result;

/// Print a script that completes command lines, for a shell
#[derive(Debug, Args)]
#[command(after_help = help::after(&[
    "interpose completions bash > ~/.local/share/bash-completion/completions/interpose",
    "interpose completions fish > ~/.config/fish/completions/interpose.fish",
    "interpose completions zsh > ~/.zfunc/_interpose",
], help::WITHOUT_A_POLICY))]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub fn execute(&self, mut command: Command) -> Result {
        let name = command.get_name().to_owned();
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, name, &mut script);
        output::bytes(&script)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Print a manual page, in the form that `man` reads
#[derive(Debug, Args)]
#[command(after_help = help::after(&[
    "interpose man | man -l -",
    "interpose man run > interpose-run.1",
    "interpose man policy check > interpose-policy-check.1",
], help::WITHOUT_A_POLICY))]
pub struct Manual {
    /// The command that the page is about; without it, about all
    #[arg(value_name = "COMMAND")]
    commands: Vec<String>,
}

impl Manual {
    pub fn execute(&self, mut command: Command) -> Result {
        // Gives each command its full name, and adds the common options to each.
        command.build();
        let mut page = &command;
        for name in &self.commands {
            page = page.find_subcommand(name).ok_or_else(|| {
                let message = format!("`{}` has no command `{name}`", page.get_name());
                Failure::bad("command-line::no-command", message)
                    .hint("`interpose help` lists the commands")
            })?;
        }
        let mut text = Vec::new();
        // Writing to memory does not fail.
        let _ = Man::new(page.clone()).render(&mut text);
        output::bytes(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}
