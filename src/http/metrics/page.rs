//! The text format: families of samples, each with a word of help.

use crate::tally::{CLASSES, Times};
use std::fmt::Display;

/// What a family's numbers are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sort {
    /// They only grow.
    Counter,
    /// They come and go.
    Gauge,
}

/// A page of samples.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
    family: &'static str,
}

impl Page {
    /// Begins a family: what follows are its samples.
    pub(super) fn family(&mut self, sort: Sort, name: &'static str, help: &str) {
        let sort = match sort {
            Sort::Counter => "counter",
            Sort::Gauge => "gauge",
        };
        self.begin(sort, name, help);
    }

    fn begin(&mut self, sort: &str, name: &'static str, help: &str) {
        self.family = name;
        self.add(format_args!("# HELP {name} {help}\n# TYPE {name} {sort}\n"));
    }

    /// A sample of the family.
    pub(super) fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) {
        self.sample_of("", labels, value);
    }

    fn sample_of(&mut self, suffix: &str, labels: &[(&str, &str)], value: impl Display) {
        let name = self.family;
        self.add(format_args!("{name}{suffix}"));
        for (n, (label, text)) in labels.iter().enumerate() {
            let before = if n == 0 { '{' } else { ',' };
            self.add(format_args!("{before}{label}=\"{}\"", escaped(text)));
        }
        let end = if labels.is_empty() { "" } else { "}" };
        self.add(format_args!("{end} {value}\n"));
    }

    /// A family of one histogram.
    pub(super) fn times(&mut self, name: &'static str, help: &str, times: &Times) {
        self.begin("histogram", name, help);
        let (mut n_so_far, counts) = (0, times.counts());
        let ends = CLASSES.iter().map(ToString::to_string);
        for (end, n) in ends.chain(["+Inf".to_owned()]).zip(counts) {
            n_so_far += n;
            self.sample_of("_bucket", &[("le", &end)], n_so_far);
        }
        self.sample_of("_sum", &[], times.sum().as_secs_f64());
        self.sample_of("_count", &[], n_so_far);
    }

    fn add(&mut self, text: std::fmt::Arguments<'_>) {
        self.text += &text.to_string();
    }

    /// The page.
    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// A label's value as it stands between quotes.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_page_is_in_the_format() {
        let mut page = Page::default();
        page.family(Sort::Gauge, "a", "Help.");
        page.sample(&[], 1.5);
        page.sample(&[("x", "q\"\\\n"), ("y", "z")], 2);
        let times = Times::default();
        times.note(Duration::from_millis(1));
        times.note(Duration::from_secs(11));
        page.times("b", "More.", &times);
        let text = page.into_text();
        let expected = "# HELP a Help.\n# TYPE a gauge\na 1.5\na{x=\"q\\\"\\\\\\n\",y=\"z\"} 2\n\
                        # HELP b More.\n# TYPE b histogram\nb_bucket{le=\"0.0001\"} 0\n";
        assert!(text.starts_with(expected), "{text}");
        let end = "b_bucket{le=\"10\"} 1\nb_bucket{le=\"+Inf\"} 2\nb_sum 11.001\nb_count 2\n";
        assert!(text.ends_with(end), "{text}");
        assert!(text.contains("b_bucket{le=\"0.001\"} 1\n"), "{text}");
    }
}
