//! A name that is accepted is the text it came from, and leads nowhere but to one place below its project.

#![no_main]

use libfuzzer_sys::fuzz_target;
use taskmd::name::{ID_BYTES_MAX, PATH_BYTES_MAX, ProjectId, TaskId, TaskPath, plain};
use taskmd_fuzz::quickly;

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let (task, project, directory, path, made) = quickly(input.len(), || {
        (
            TaskId::parse(text),
            ProjectId::parse(text),
            ProjectId::of_directory(text),
            TaskPath::parse(text),
            plain(text),
        )
    });
    if let Ok(id) = &task {
        is_segment(text, id.as_str());
        assert_eq!(TaskId::parse(id.as_str()), task);
    }
    assert_eq!(task.is_ok(), project.is_ok());
    for id in project.iter().chain(&directory) {
        is_segment(text, id.as_str());
        assert_eq!(ProjectId::parse(id.as_str()).as_ref(), Ok(id));
    }
    assert!(directory.is_none() || !text.starts_with('.'));
    if let Some(path) = &path {
        is_below(text, path);
    }
    if made.is_ok() {
        // What the server may make, it reads again: as an id, and as the file of that id.
        assert!(task.is_ok() && text.is_ascii());
        let path = TaskPath::parse(&format!("{text}.md")).expect("a plain name is a clean path");
        assert_eq!((path.stem(), path.directory()), (text, ""));
    }
});

fn is_segment(text: &str, id: &str) {
    assert_eq!(text, id);
    assert!(!matches!(id, "" | "." | "..") && id.len() <= ID_BYTES_MAX);
    assert!(!id.contains(['/', '\\', '\0']));
}

fn is_below(text: &str, path: &TaskPath) {
    assert_eq!(text, path.as_str());
    assert_eq!(TaskPath::parse(path.as_str()).as_ref(), Some(path));
    assert!(!text.is_empty() && text.len() <= PATH_BYTES_MAX);
    assert!(!text.starts_with('/') && !text.contains('\0'));
    assert!(
        text.split('/')
            .all(|segment| !matches!(segment, "" | "." | ".."))
    );
    assert!(!path.file_name().contains('/') && path.file_name().starts_with(path.stem()));
    match path.directory() {
        "" => assert_eq!(path.file_name(), text),
        directory => assert_eq!(format!("{directory}/{}", path.file_name()), text),
    }
}
