//! One manual page of a command: the sections in the order that man-pages(7) gives them.

use clap::{Arg, Command};
use roff::{Inline, bold, italic, roman};

use super::super::exit;
use super::super::help::{GROUPS, about, beside, examples_of};
use super::text::{Page, capitalised};
use super::topics;

/// The name of a command's page, as `ocikit-platform-keep`.
pub(super) fn name(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

pub(super) fn version(command: &Command) -> &str {
    command.get_version().unwrap_or_default()
}

/// The page of a command that stands below others.
pub(super) fn page(command: &Command, above: &[&Command]) -> String {
    let mut page = Page::new(name(command), "1", version(command));
    page.section("NAME");
    page.text(&format!("{} - {}", name(command), about(command)));
    page.synopsis(command);
    page.description(command);
    page.commands(command, above.is_empty());
    page.arguments(command);
    page.after_help(command);
    page.examples(command);
    page.exit_status();
    page.environment(command);
    page.see_also(command, above);
    page.0.render()
}

impl Page {
    fn synopsis(&mut self, command: &Command) {
        self.section("SYNOPSIS");
        let usage = command.clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage: ").trim();
        let program = command.get_bin_name().unwrap_or_else(|| command.get_name());
        let rest = usage.strip_prefix(program).unwrap_or(usage);
        self.0.text([vec![bold(program)], in_italics(rest)].concat());
    }

    fn description(&mut self, command: &Command) {
        self.section("DESCRIPTION");
        let long = command.get_long_about().map(ToString::to_string);
        self.paragraphs(&long.unwrap_or_else(|| about(command)), "PP");
    }

    /// What stands on the line, then the options: those of the command first, under their headings.
    fn arguments(&mut self, command: &Command) {
        let shown = |argument: &&Arg| !argument.is_hide_set();
        let positional: Vec<&Arg> = command.get_positionals().filter(shown).collect();
        if !positional.is_empty() {
            self.section("ARGUMENTS");
            positional.into_iter().for_each(|argument| self.argument(argument));
        }
        let options: Vec<&Arg> = command.get_opts().chain(flags(command)).filter(shown).collect();
        let mut headings: Vec<Option<&str>> = vec![None];
        for argument in command.get_arguments() {
            if !headings.contains(&argument.get_help_heading()) {
                headings.push(argument.get_help_heading());
            }
        }
        for heading in headings {
            let mut here: Vec<&Arg> = options.iter().copied().filter(|arg| arg.get_help_heading() == heading).collect();
            here.sort_by_key(|argument| argument.get_display_order());
            if !here.is_empty() {
                self.section(heading.map_or("OPTIONS", |heading| heading));
                here.into_iter().for_each(|argument| self.argument(argument));
            }
        }
    }

    fn argument(&mut self, argument: &Arg) {
        self.0.control("TP", []);
        self.0.text(head(argument));
        let help = argument.get_long_help().or_else(|| argument.get_help()).map(ToString::to_string);
        self.paragraphs(&help.unwrap_or_default(), "IP");
        let values = argument.get_possible_values();
        let values: Vec<_> = values.iter().filter(|value| !value.is_hide_set()).collect();
        if values.is_empty() || !argument.get_num_args().is_some_and(|count| count.takes_values()) {
            return;
        }
        self.0.control("RS", []);
        for value in values {
            let meaning = value.get_help().map(ToString::to_string).unwrap_or_default();
            self.entry(vec![bold(value.get_name())], &meaning);
        }
        self.0.control("RE", []);
    }

    fn commands(&mut self, command: &Command, is_program: bool) {
        let list = |page: &mut Page, below: &Command| page.entry(vec![bold(page_of(below))], &about(below));
        if is_program {
            self.section("COMMANDS");
            for (title, names) in GROUPS {
                self.0.control("SS", [*title]);
                names.iter().filter_map(|name| command.find_subcommand(name)).for_each(|below| list(self, below));
            }
        } else if command.has_subcommands() {
            self.section("COMMANDS");
            command.get_subcommands().for_each(|below| list(self, below));
        }
    }

    /// What follows the help of a command: a title, and a list of names with what they mean.
    fn after_help(&mut self, command: &Command) {
        let Some(text) = command.get_after_help().map(ToString::to_string) else { return };
        for line in text.lines() {
            match line.trim().split_once("  ") {
                Some((name, meaning)) => self.entry(vec![bold(name)], meaning.trim()),
                None => self.section(line.trim_end_matches(':')),
            }
        }
    }

    fn examples(&mut self, command: &Command) {
        let examples = examples_of(command);
        if examples.is_empty() {
            return;
        }
        self.section("EXAMPLES");
        for (at, example) in examples.iter().enumerate() {
            if at > 0 {
                self.0.control("PP", []);
            }
            self.text(&format!("{}:", capitalised(example.purpose)));
            self.0.control("PP", []);
            self.code(example.line.lines());
        }
    }

    fn exit_status(&mut self) {
        self.section("EXIT STATUS");
        for (code, meaning) in exit::MEANINGS {
            self.entry(vec![bold(code.to_string())], &format!("{}.", capitalised(meaning)));
        }
    }

    fn environment(&mut self, command: &Command) {
        self.section("ENVIRONMENT");
        let writes = command.get_arguments().any(|argument| argument.get_id() == "dry_run");
        if writes || command.has_subcommands() {
            self.entry(
                vec![bold("SOURCE_DATE_EPOCH")],
                "Set the time of entries in written archives, in seconds since the epoch; the default is 0.",
            );
        }
        self.entry(vec![bold("NO_COLOR")], "Disable colors if it is not empty, unless `--color always` is given.");
        self.entry(
            vec![bold("TMPDIR")],
            "Set the directory of temporary files, for example for standard input and compressed archives.",
        );
    }

    fn see_also(&mut self, command: &Command, above: &[&Command]) {
        self.section("SEE ALSO");
        let below = command.get_subcommands().map(page_of);
        let others: Vec<String> = match above {
            [] => topics::all().collect(),
            [_] => {
                let beside = beside(command.get_name()).map(|name| format!("ocikit-{name}(1)"));
                beside.chain(topics::for_command(command.get_name())).collect()
            }
            [.., parent] => {
                parent.get_subcommands().filter(|other| other.get_name() != command.get_name()).map(page_of).collect()
            }
        };
        let pages: Vec<String> = above.iter().map(|above| page_of(above)).chain(below).chain(others).collect();
        self.text(&pages.iter().map(|page| format!("`{page}`")).collect::<Vec<_>>().join(", "));
    }
}

fn page_of(command: &Command) -> String {
    format!("{}(1)", name(command))
}

fn flags(command: &Command) -> impl Iterator<Item = &Arg> {
    let takes_values = |argument: &Arg| argument.get_num_args().is_some_and(|count| count.takes_values());
    command.get_arguments().filter(move |argument| !argument.is_positional() && !takes_values(argument))
}

/// An option in all its spellings, with the name of its value.
fn head(argument: &Arg) -> Vec<Inline> {
    let text = argument.to_string();
    if argument.is_positional() {
        return in_italics(&text);
    }
    let mut head = Vec::new();
    if let (Some(short), Some(_)) = (argument.get_short(), argument.get_long()) {
        head.extend([bold(format!("-{short}")), roman(", ")]);
    }
    let (option, value) = text.split_once(' ').unwrap_or((&text, ""));
    head.push(bold(option));
    if !value.is_empty() {
        head.push(roman(" "));
        head.extend(in_italics(value));
    }
    let takes_values = argument.get_num_args().is_some_and(|count| count.takes_values());
    let defaults: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if takes_values && !defaults.is_empty() && !argument.is_hide_default_value_set() {
        head.push(roman(format!(" [default: {}]", defaults.join(","))));
    }
    head
}

/// The names in angle brackets in italics, without the brackets.
fn in_italics(usage: &str) -> Vec<Inline> {
    let mut inlines = Vec::new();
    let mut rest = usage;
    while let Some((before, after)) = rest.split_once('<') {
        let Some((value, after)) = after.split_once('>').filter(|(value, _)| is_value(value)) else {
            inlines.push(roman(format!("{before}<")));
            rest = after;
            continue;
        };
        inlines.extend([roman(before), italic(value)]);
        rest = after;
    }
    inlines.push(roman(rest));
    inlines
}

/// Whether it is one name of a value, and no group of options.
fn is_value(text: &str) -> bool {
    !text.starts_with('-') && !text.contains(['<', ' '])
}
