//! Reads policies as a program does: built-in policies, files and texts.

mod render;

use std::fs;
use std::path::Path;

use interpose_policy::Policy;
use render::render;

#[test]
fn built_in_policies_are_policies() {
    let names: Vec<&str> = Policy::builtins()
        .iter()
        .map(|builtin| builtin.name)
        .collect();
    assert_eq!(
        names,
        [
            "deny",
            "deterministic",
            "inherit",
            "memory-filesystem",
            "no-ambient",
            "offline",
            "read-only",
            "sandbox"
        ]
    );
    for builtin in Policy::builtins() {
        let policy =
            Policy::load(builtin.name).unwrap_or_else(|errors| panic!("{}", render(&errors)));
        assert!(
            policy.description.is_some(),
            "{} has no description",
            builtin.name
        );
        assert!(
            builtin.source.starts_with("# "),
            "{} does not say what it is for",
            builtin.name
        );
    }
}

#[test]
fn files_are_found_by_path() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mine.toml");
    fs::write(
        &path,
        "version = 1\nextends = \"deny\"\n[stdio]\nstdin = { file = \"input.txt\" }\n",
    )
    .unwrap();
    let policy = Policy::load(path.to_str().unwrap()).unwrap();
    let expected = interpose_policy::model::Stdin::File(directory.path().join("input.txt"));
    assert_eq!(policy.stdio.stdin, Some(expected));
    assert_eq!(policy.clocks, Policy::load("deny").unwrap().clocks);

    let load = |path: &Path| render(&Policy::load(path.to_str().unwrap()).unwrap_err());
    assert!(load(directory.path()).contains("policy::unreadable"));
    assert!(load(&directory.path().join("none.toml")).contains("policy::not-found"));
    fs::write(&path, b"version = 1 # \xff\n").unwrap();
    assert!(load(&path).contains("not UTF-8"));
    fs::write(&path, vec![b'\n'; (16 << 20) + 1]).unwrap();
    assert!(load(&path).contains("larger than 16 MiB"));
}

#[test]
fn unknown_names_are_answered_with_known_ones() {
    let text = render(&Policy::load("sandbx").unwrap_err());
    assert!(text.contains("did you mean `sandbox`?"), "{text}");
    let text = render(&Policy::load("other").unwrap_err());
    assert!(
        text.contains("`deny`, `deterministic`, `inherit`, `memory-filesystem`, `no-ambient`"),
        "{text}"
    );
}

#[test]
fn policies_that_extend_each_other_are_not_followed_for_ever() {
    let directory = tempfile::tempdir().unwrap();
    for number in 0..40 {
        let text = format!("version = 1\nextends = \"./{}.toml\"\n", number + 1);
        fs::write(directory.path().join(format!("{number}.toml")), text).unwrap();
    }
    let text =
        render(&Policy::load(directory.path().join("0.toml").to_str().unwrap()).unwrap_err());
    assert!(
        text.contains("more than 32 policies extend each other"),
        "{text}"
    );
    // A cycle through another spelling of the path.
    fs::write(
        directory.path().join("3.toml"),
        "version = 1\nextends = \".././x/../0.toml\"\n",
    )
    .unwrap();
    fs::create_dir(directory.path().join("x")).unwrap();
    let name = directory
        .path()
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .to_string();
    let text = format!("version = 1\nextends = \"../{name}/x/../0.toml\"\n");
    fs::write(directory.path().join("3.toml"), text).unwrap();
    let text =
        render(&Policy::load(directory.path().join("0.toml").to_str().unwrap()).unwrap_err());
    assert!(text.contains("policy::cycle"), "{text}");
}

#[test]
fn a_text_without_directory_reads_no_files() {
    for path in ["./base.toml", "/etc/passwd.toml", "../policies/deny.toml"] {
        let source = format!("version = 1\nextends = \"{path}\"\n");
        let text = render(&Policy::parse("policy.toml", &source, None).unwrap_err());
        assert!(
            text.contains("only a policy that is a file can extend another file"),
            "{text}"
        );
    }
    let source = "version = 1\nextends = \"deny\"\n[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\nfrom = \"x\"\n";
    let policy = Policy::parse("policy.toml", source, None).unwrap();
    let interpose_policy::model::Source::Memory(memory) =
        &policy.filesystem.unwrap().mounts[0].source.clone()
    else {
        panic!("not in memory")
    };
    assert_eq!(memory.from.as_deref(), Some(Path::new("x")));
}

#[test]
fn ten_thousand_rules_are_read_in_reasonable_time() {
    let mut source = String::from("version = 1\n[network]\nconnect = [\n");
    for number in 0..10_000 {
        source += &format!("  \"tcp://host-{number}.example.com:443\",\n");
    }
    source += "]\ndeny = [\n";
    for number in 0..10_000 {
        source += &format!("  \"10.{}.{}.0/24\",\n", number / 256, number % 256);
    }
    source += "]\n";
    let start = std::time::Instant::now();
    let policy = Policy::parse("policy.toml", &source, None).unwrap();
    assert_eq!(policy.network.unwrap().rules.connect.len(), 10_000);
    // The test takes far less than this; comparing each rule with each other rule would take longer.
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}
