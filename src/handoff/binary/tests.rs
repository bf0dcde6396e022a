use proptest::prelude::*;

use super::literal;

#[test]
fn contents_that_git_wrote_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        let output = std::process::Command::new("git").args(arguments).current_dir(dir.path()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    git(&["init", "--quiet"]);
    for bytes in [vec![0], vec![0, 255, 10, 13], (0..=255).cycle().take(70_000).collect::<Vec<u8>>()] {
        std::fs::write(dir.path().join("file"), &bytes).unwrap();
        git(&["add", "--intent-to-add", "file"]);
        assert_eq!(literal(&git(&["diff", "--binary"])).unwrap(), bytes);
    }
}

#[test]
fn a_difference_or_a_broken_text_is_none() {
    for patch in [
        "",
        "GIT binary patch\n",
        "GIT binary patch\ndelta 12\nTcmZQz\n",
        "GIT binary patch\nliteral 99999999999999\nTcmZQz\n",
        "GIT binary patch\nliteral 4\n~~~~~~\n",
    ] {
        assert_eq!(literal(patch), None, "{patch}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(lines in "[A-Za-z0-9~ ]{0,12}\n[A-Za-z0-9~ ]{0,12}\n") {
        let _ = literal(&["GIT binary patch\nliteral 5\n", &lines].concat());
    }
}
