//! What the help says beyond the definitions of the commands: groups and examples.

mod examples;
mod groups;

use clap::Command;
use clap::builder::StyledStr;

pub(crate) use examples::Example;
pub(crate) use groups::{GROUPS, beside};

use super::exit;

/// The definition of the program with the groups of its commands, and of each command with its examples.
pub(crate) fn dress(program: Command) -> Command {
    let groups = grouped(&program);
    let program = program.help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{groups}{}\n{{options}}{{after-help}}",
        heading(&Command::new(""), "Options")
    ));
    with_examples(program, "")
}

/// The examples of a command by the words that call it, without the program's name.
pub(crate) fn examples_of(command: &Command) -> &'static [Example] {
    let words = command.get_bin_name().unwrap_or_default();
    examples::of(words.strip_prefix("ocikit").unwrap_or(words).trim_start())
}

fn with_examples(command: Command, words: &str) -> Command {
    let below: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    let command = below.into_iter().fold(command, |command, name| {
        let words = format!("{words} {name}");
        command.mut_subcommand(name, |below| with_examples(below, words.trim_start()))
    });
    let mut after = String::new();
    if let Some(own) = command.get_after_help() {
        after += &format!("{}\n\n", own.ansi());
    }
    let examples = examples::of(words);
    if !examples.is_empty() {
        after += &heading(&command, "Examples");
        for example in examples {
            after += &format!("\n  # {}\n  {}", example.purpose, example.line.replace('\n', "\n  "));
        }
    }
    if words.is_empty() {
        after += &format!("\n\n{}", heading(&command, "Exit codes"));
        after.extend(exit::MEANINGS.iter().map(|(code, meaning)| format!("\n  {code}  {meaning}")));
    }
    if after.is_empty() { command } else { command.after_long_help(StyledStr::from(after)) }
}

/// The one line that says what a command is for.
pub(crate) fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

fn heading(command: &Command, text: &str) -> String {
    let style = command.get_styles().get_header();
    format!("{style}{text}:{style:#}")
}

/// The commands under the headings of their groups.
fn grouped(program: &Command) -> String {
    let literal = program.get_styles().get_literal();
    let mut text = String::new();
    for (title, names) in GROUPS {
        text += &format!("{}\n", heading(program, title));
        for command in names.iter().filter_map(|name| program.find_subcommand(name)) {
            text += &format!("  {literal}{:11}{literal:#} {}\n", command.get_name(), about(command));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_command_is_in_one_group() {
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        let program = Cli::command();
        let mut all: Vec<&str> = program.get_subcommands().map(Command::get_name).collect();
        grouped.sort_unstable();
        all.sort_unstable();
        assert_eq!(grouped, all);
    }

    #[test]
    fn what_is_said_fits_a_terminal() {
        let narrow = |text: &str, columns| assert!(text.lines().all(|line| line.len() <= columns), "{text}");
        Cli::command().get_subcommands().for_each(|command| narrow(&about(command), 66));
        for (_, examples) in examples::EXAMPLES {
            examples
                .iter()
                .for_each(|example| [example.purpose, example.line].iter().for_each(|text| narrow(text, 76)));
        }
    }

    #[test]
    fn every_command_that_does_something_has_examples() {
        fn without(command: &Command) -> Vec<String> {
            let below: Vec<&Command> = command.get_subcommands().collect();
            let lacks = below.is_empty() && examples_of(command).is_empty();
            let own = lacks.then(|| command.get_bin_name().unwrap_or_default().to_owned());
            own.into_iter().chain(below.into_iter().flat_map(without)).collect()
        }
        let mut program = Cli::command().disable_help_subcommand(true);
        program.build();
        assert_eq!(without(&program), Vec::<String>::new());
        assert!(!examples_of(&program).is_empty());
    }
}
