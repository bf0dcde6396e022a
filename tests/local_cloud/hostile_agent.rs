//! Agents that mean harm. Each test is one thing that such an agent would try.
//!
//! The agent here runs its prompt as a shell script. What must not happen is watched by a canary outside of everything that
//! the agent may write: whoever made it was not confined.

use serde_json::json;

use crate::cloud::{Cloud, Options, processes_with, until};
use crate::repository::Repository;

fn start(repository: &Repository) -> Cloud {
    Options::new().repository(repository).shell_agent().start()
}

/// Runs another turn and waits for its end.
fn go_on(cloud: &Cloud, id: &str, script: &str) {
    let sessions = cloud.task(id)["session_count"].as_u64().unwrap();
    cloud.steer(id, &json!({ "type": "user_message", "content": script })).expect(202);
    until("the next turn", || {
        let task = cloud.task(id);
        let settled = !["queued", "in_progress"].contains(&task["state"].as_str().unwrap());
        (settled && task["session_count"].as_u64().unwrap() > sessions).then_some(())
    });
    assert_eq!(cloud.task(id)["state"], "completed", "{:#?}", cloud.events(id));
}

#[test]
fn hooks_filters_and_settings_planted_in_its_git_directory_do_nothing() {
    let repository = Repository::new();
    let canary = repository.beside("canary");
    let sing = format!("touch {}", canary.display());
    let cloud = start(&repository);
    let script = format!(
        "set -e
         mkdir -p .git/hooks; for h in pre-commit post-commit post-index-change reference-transaction pre-push post-checkout; do
           printf '#!/bin/sh\\n{sing}\\n' > .git/hooks/$h; chmod +x .git/hooks/$h; done
         git config core.fsmonitor '{sing}'; git config filter.evil.clean '{sing}; cat'; git config filter.evil.smudge '{sing}; cat'
         git config diff.evil.textconv '{sing}'; git config diff.external '{sing}'; git config core.sshCommand '{sing}'
         git config core.hooksPath \"$PWD/.git/hooks\"; git config alias.add '!{sing}'
         printf '* filter=evil diff=evil text\\n' > .gitattributes; cp .gitattributes .git/info/attributes
         printf 'a\\r\\nb\\n' > work.txt"
    );
    let id = cloud.start(&script);
    cloud.wait_for(&id, "completed");
    go_on(&cloud, &id, "echo more >> work.txt");
    let branch = cloud.branch(&id).unwrap();
    assert_eq!(repository.show(&branch, "work.txt"), "a\r\nb\nmore", "content is kept as it is");
    assert!(!canary.exists());
    assert!(!repository.git(&["ls-tree", "-r", "--name-only", &branch]).contains(".git/"));
}

#[test]
fn repositories_nested_in_its_files_are_never_run_in() {
    let repository = Repository::new();
    let canary = repository.beside("canary");
    let cloud = start(&repository);
    let script = format!(
        "set -e
         for d in sub 'a b/c'; do mkdir -p \"$d\"; git -C \"$d\" init -q; echo x > \"$d/file\"; git -C \"$d\" add file
           git -C \"$d\" -c user.name=a -c user.email=a@b commit -qm x; git -C \"$d\" config core.fsmonitor 'touch {0}'; done
         git -C sub config core.worktree /; printf '[submodule \"sub\"]\\n\\tpath = sub\\n\\turl = ext::touch {0}\\n\\tignore = none\\n\\tupdate = !touch {0}\\n' > .gitmodules
         echo gitdir: /nowhere > gitfile; mkdir other; echo gitdir: ../sub/.git > other/.git; echo x > other/file; mkdir .GIT.d; echo kept > kept.txt",
        canary.display()
    );
    let id = cloud.start(&script);
    cloud.wait_for(&id, "completed");
    go_on(&cloud, &id, "echo more >> sub/file; echo more >> other/file; echo more >> kept.txt");
    assert!(!canary.exists());
    let branch = cloud.branch(&id).unwrap();
    assert_eq!(repository.show(&branch, "kept.txt"), "kept\nmore");
    let files = repository.git(&["ls-tree", "-r", "--name-only", &branch]);
    let mut files: Vec<&str> = files.lines().collect();
    files.sort_unstable();
    assert_eq!(files, [".gitmodules", "README.md", "gitfile", "kept.txt"], "not even as submodules");
}

#[test]
fn links_out_of_its_files_leak_nothing() {
    let repository = Repository::new();
    repository.write("docs/page.md", "a page");
    repository.git(&["add", "-A"]);
    repository.git(&["commit", "-qm", "Docs"]);
    let secrets = repository.beside("secrets");
    std::fs::create_dir(&secrets).unwrap();
    std::fs::write(secrets.join("page.md"), "the secret").unwrap();
    let cloud = start(&repository);
    let script = format!(
        "ln -s {0}/page.md leak; ln -s {0} folder; rm -r docs; ln -s {0} docs; mkfifo pipe; ln -s ../../../token token
         ln -s ../../../cloud.sqlite data; ln leak2 {0}/page.md; ln {0}/page.md hard; rm README.md; mkfifo README.md",
        secrets.display()
    );
    let id = cloud.start(&script);
    until("the end", || (cloud.task(&id)["sessions"][0]["completed_at"].is_string()).then_some(()));
    let branch = cloud.branch(&id).expect("the links themselves are committed");
    assert_eq!(repository.show(&branch, "leak"), format!("{}/page.md", secrets.display()));
    let tree = repository.git(&["ls-tree", "-r", &branch]);
    for line in tree.lines() {
        let name = line.rsplit('\t').next().unwrap();
        assert!(line.starts_with("120000") || name == "hard", "{line}");
        assert!(!repository.show(&branch, name).contains("the secret"), "{name}");
    }
    assert!(!tree.contains("docs/page.md") && !tree.contains("pipe"), "{tree}");
    go_on(&cloud, &id, "echo overwritten > leak; echo overwritten > docs/page.md; echo x > new.txt; true");
    assert_eq!(std::fs::read_to_string(secrets.join("page.md")).unwrap(), "the secret");
    assert!(cloud.events_of(&id, "session.info").iter().all(|data| !data.to_string().contains("older than")));
}

#[test]
fn it_writes_nowhere_but_in_its_own_directories_and_reads_nothing_of_the_clouds() {
    let repository = Repository::new();
    let cloud = start(&repository);
    let other = cloud.run("echo secret-of-another-task > other.txt", "completed");
    let other = cloud.data().join("tasks").join(other["id"].as_str().unwrap());
    std::fs::write(cloud.data().join("token"), "the-kept-token").unwrap();
    let mirror = cloud.data().join("repositories/1.git");
    let outside = repository.beside("outside");
    let script = format!(
        "try() {{ if eval \"$1\" 2>/dev/null; then echo \"could: $1\"; fi; }}
         try 'echo x > {outside}'; try 'mkdir {outside}'; try 'echo x > {repository}/README.md'; try 'rm {repository}/README.md'
         try 'echo x >> {mirror}/config'; try 'mkdir {mirror}/hooks'; try 'cat {mirror}/config'; try 'ls {mirror}/objects/pack/*'
         try 'cat {data}/token'; try 'cat {data}/cloud.sqlite'; try 'echo x > ../../../token'; try 'cat ../../../token'
         try 'cat {other}/tree/other.txt'; try 'echo x > {other}/tree/other.txt'; try 'echo x > ../index'; try 'mv ../tree ../gone'
         try 'ln -s / ../link'; try 'cat /proc/{server}/environ'; try 'cat /proc/{server}/root{data}/token'
         try 'echo x > \"$HOME/mine\" && echo x > \"$TMPDIR/mine\" && echo x > mine'",
        outside = outside.display(),
        repository = repository.path().display(),
        mirror = mirror.display(),
        data = cloud.data().display(),
        other = other.display(),
        server = cloud.pid(),
    );
    let id = cloud.start(&script);
    cloud.wait_for(&id, "completed");
    let said = cloud.said(&id);
    let could: Vec<&str> = said.lines().filter(|line| line.starts_with("could: ")).collect();
    assert_eq!(could.len(), 1, "{said}");
    assert!(could[0].contains("$HOME/mine"), "{said}");
    assert!(!said.contains("the-kept-token") && !said.contains("secret-of-another-task"), "{said}");
    assert!(!outside.exists());
}

#[test]
fn what_cannot_be_enforced_is_said_at_the_start() {
    let repository = Repository::new();
    let cloud = start(&repository);
    let id = cloud.start("echo x > x.txt; id -u");
    cloud.wait_for(&id, "completed");
    let is_root = cloud.said(&id).trim() == "0";
    let mut wanted: Vec<String> = cloud
        .events_of(&id, "session.info")
        .iter()
        .map(|data| data["message"].as_str().unwrap().to_owned())
        .filter(|message| message.starts_with("This "))
        .collect();
    let complaints = cloud.complaints();
    let warnings: Vec<&str> = complaints.lines().filter_map(|line| line.strip_prefix("Warning: ")).collect();
    if is_root {
        wanted.insert(
            0,
            "The local cloud runs as root, and so do its agents. Run it as an account that has nothing to lose."
                .to_owned(),
        );
    }
    assert_eq!(warnings, wanted);
}

/// Tries every road to a TCP port of this machine, and says which led there.
fn knock(port: u16) -> String {
    format!(
        r#"use Socket; my $to = pack_sockaddr_in({port}, inet_aton("127.0.0.1")); my $s;
           print "plain TCP leads there\n" if socket($s, AF_INET, SOCK_STREAM, 6) && connect($s, $to);
           print "Multipath TCP leads there\n" if socket($s, AF_INET, SOCK_STREAM, 262) && connect($s, $to);
           print "SMC leads there\n" if socket($s, 43, SOCK_STREAM, 0) && connect($s, $to);
           print "SMC as a protocol leads there\n" if socket($s, AF_INET, SOCK_STREAM, 256) && connect($s, $to);
           for my $flags (0x20000000, 0x20004000) {{ socket($s, AF_INET, SOCK_STREAM, 6);
             print "Fast Open leads there\n" if defined send($s, "GET / HTTP/1.0\r\n\r\n", $flags, $to); }}
           socket($s, AF_INET, SOCK_STREAM, 6);
           print "a delayed Fast Open leads there\n" if setsockopt($s, 6, 30, 1) && connect($s, $to) && send($s, "GET", 0);
           print "every road was tried\n";"#
    )
}

#[test]
fn it_can_neither_call_the_cloud_nor_signal_it() {
    let repository = Repository::new();
    let cloud = start(&repository);
    let server = cloud.pid();
    // They do lead there for anyone who is not confined.
    let free = std::process::Command::new("perl").args(["-e", &knock(cloud.port())]).output().unwrap();
    let free = String::from_utf8(free.stdout).unwrap();
    assert!(free.starts_with("plain TCP leads there\n") && free.ends_with("every road was tried\n"), "{free}");
    let script = format!(
        "bash -c 'exec 3<>/dev/tcp/127.0.0.1/{}' 2>/dev/null && echo connected
         perl -e '{}'
         kill -9 {server} 2>/dev/null && echo killed; warden=$(cut -d' ' -f4 /proc/$PPID/stat); kill -9 $warden 2>/dev/null && echo killed; kill -STOP {server} 2>/dev/null && echo stopped
         bash -c 'exec 3<>/dev/tcp/127.0.0.1/1' 2>&1 | grep -q refused && echo other ports are refused by nobody but their owner",
        cloud.port(),
        knock(cloud.port()),
    );
    let id = cloud.start(&script);
    cloud.wait_for(&id, "completed");
    let wanted = "every road was tried\nother ports are refused by nobody but their owner";
    assert_eq!(cloud.said(&id).trim(), wanted, "what led there unconfined: {free}");
}

/// Whether this system lets every account make namespaces, by the word of a program that was not written here.
fn gives_namespaces() -> bool {
    let made = std::process::Command::new("unshare").args(["--user", "--map-root-user", "--mount", "true"]).output();
    // Ubuntu lets single programs make them.
    let restricted = std::fs::read_to_string("/proc/sys/kernel/apparmor_restrict_unprivileged_userns");
    made.unwrap().status.success() && restricted.map_or(true, |word| word.trim() == "0")
}

/// Whether agents have mounts of their own here; if not, the system is the reason and the cloud has said so.
fn has_own_mounts(cloud: &Cloud, id: &str) -> bool {
    let infos = cloud.events_of(id, "session.info");
    let has = !infos.iter().any(|data| data.to_string().contains("no user and mount namespace"));
    assert!(has || !gives_namespaces(), "{infos:#?}");
    if !has {
        eprintln!("Not tried to the end: this system gives accounts no namespaces, and the cloud said so.");
    }
    has
}

#[test]
fn without_namespaces_it_is_told_so_and_what_else_confines_it_holds() {
    if !gives_namespaces() {
        // Then every other test is this one.
        return;
    }
    let repository = Repository::new();
    let cloud = Options::new().repository(&repository).shell_agent().without_namespaces().start();
    let token = cloud.data().join("token");
    std::fs::write(&token, "the-kept-token").unwrap();
    let id = cloud.start(&format!(
        "exec 2>/dev/null; cat {token}; echo x > {token}; perl -e '{knock}'; git status --short; touch mine && chmod 700 mine && echo works",
        token = token.display(),
        knock = knock(cloud.port()),
    ));
    cloud.wait_for(&id, "completed");
    assert_eq!(cloud.said(&id).trim(), "every road was tried\nworks");
    let sentence = "This system lets the local cloud make no user and mount namespace";
    let told = cloud.events_of(&id, "session.info");
    assert!(told.iter().any(|data| data["message"].as_str().unwrap().starts_with(sentence)), "{told:#?}");
    assert!(cloud.complaints().contains(&format!("Warning: {sentence}")));
}

#[test]
fn modes_owners_times_and_attributes_of_what_is_not_its_own_stay() {
    use std::os::unix::fs::MetadataExt as _;
    let repository = Repository::new();
    let cloud = start(&repository);
    let (outside, token) = (repository.beside("outside"), cloud.data().join("token"));
    for file in [&outside, &token] {
        std::fs::write(file, "content").unwrap();
    }
    let targets = [outside, token, cloud.data().join("repositories"), cloud.data(), cloud.data().join("cloud.sqlite")];
    let state = || {
        targets.each_ref().map(|path| {
            let found = std::fs::symlink_metadata(path).unwrap();
            // The database is written to by the cloud all the time.
            let time = if path.ends_with("cloud.sqlite") { 0 } else { found.mtime() };
            (found.mode(), found.uid(), found.gid(), time)
        })
    };
    let before = state();
    // What is denied by way of a path may be had by way of another process, or of an open file.
    let script = format!(
        r#"for target in {targets}; do for path in $target /proc/{server}/root$target /proc/$PPID/root$target; do
             for mode in 777 000 4755; do chmod $mode $path 2>/dev/null && echo "chmod $mode $path"; done
             chown $(id -u):$(id -g) $path 2>/dev/null && echo "chown $path"
             touch -d 1999-01-01 $path 2>/dev/null && echo "touch $path"
             setfattr -n user.x -v 1 $path 2>/dev/null && echo "setfattr $path"
             perl -e 'open(my $f, "<", $ARGV[0]) && chmod(0777, $f) && print "fchmod $ARGV[0]\n"; utime(1, 1, $ARGV[0]) && print "utime $ARGV[0]\n"' $path
           done; done
           mount -o remount,rw / 2>/dev/null && echo mounted; umount /run 2>/dev/null && echo unmounted
           unshare -Urm sh -c 'mount -o remount,bind,rw / && chmod 777 {first}' 2>/dev/null && echo mounted in another namespace
           nsenter -t {server} -m true 2>/dev/null && echo entered; nsenter -t $(cut -d' ' -f4 /proc/$PPID/stat) -m true 2>/dev/null && echo entered
           touch mine "$HOME/mine" "$TMPDIR/mine" && chmod 700 mine "$HOME/mine" "$TMPDIR/mine" && touch -d 1999-01-01 mine && echo its own is its own"#,
        targets = targets.each_ref().map(|path| path.display().to_string()).join(" "),
        first = targets[0].display(),
        server = cloud.pid(),
    );
    let id = cloud.start(&script);
    cloud.wait_for(&id, "completed");
    if has_own_mounts(&cloud, &id) {
        assert_eq!(cloud.said(&id).trim(), "its own is its own");
        assert_eq!(state(), before);
    }
}

#[test]
fn sockets_with_a_path_are_out_of_its_reach_unless_they_are_its_own() {
    let repository = Repository::new();
    let path = repository.beside("a socket");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    listener.set_nonblocking(true).unwrap();
    let cloud = start(&repository);
    let script = format!(
        r#"cat > "$TMPDIR/call" <<'PERL'
           use Socket; $| = 1; my ($s, $own);
           print "connected\n" if socket($s, AF_UNIX, SOCK_STREAM, 0) && connect($s, pack_sockaddr_un("{path}"));
           my $name = pack_sockaddr_un("$ENV{{TMPDIR}}/own"); socket($own, AF_UNIX, SOCK_STREAM, 0); bind($own, $name); listen($own, 1);
           print "its own is its own\n" if socket($s, AF_UNIX, SOCK_STREAM, 0) && connect($s, $name);
PERL
           perl "$TMPDIR/call"; find /run -type s"#,
        path = path.display(),
    );
    let id = cloud.start(&script);
    cloud.wait_for(&id, "completed");
    if has_own_mounts(&cloud, &id) {
        assert_eq!(cloud.said(&id).trim(), "its own is its own");
        assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    }
}

#[test]
fn it_has_no_capabilities() {
    let repository = Repository::new();
    let cloud = start(&repository);
    let id = cloud.start("grep -E '^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t'");
    cloud.wait_for(&id, "completed");
    let none = "0000000000000000";
    let wanted = format!("CapInh:{none}\nCapPrm:{none}\nCapEff:{none}\nCapAmb:{none}\nNoNewPrivs:1\nSeccomp:2");
    assert_eq!(cloud.said(&id).trim(), wanted);
}

#[test]
fn its_environment_holds_no_secrets() {
    let repository = Repository::new();
    let cloud = Options::new()
        .repository(&repository)
        .shell_agent()
        .argument("--agent-env", "PASSED")
        .environment("PASSED", "on purpose")
        .environment("AWS_SECRET_ACCESS_KEY", "never")
        .environment("SSH_AUTH_SOCK", "/never")
        .start();
    let id = cloud.start("env; echo; cat /proc/$PPID/environ 2>/dev/null | tr '\\0' '\\n'");
    cloud.wait_for(&id, "completed");
    let said = cloud.said(&id);
    assert!(said.contains("PASSED=on purpose") && !said.contains("never"), "{said}");
    let mut names: Vec<&str> = said.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    names.retain(|name| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name));
    names.sort_unstable();
    names.dedup();
    assert_eq!(names, ["HOME", "LANG", "PASSED", "PATH", "TMPDIR"]);
}

#[test]
fn a_fork_bomb_is_defused() {
    let repository = Repository::new();
    let options = Options::new().repository(&repository).argument("--agent-processes", "64");
    let cloud = options.argument("--agent", "sh -s -- fork-bomb-of-the-tests").start();
    // The second grows too quickly for anyone but the kernel; where that keeps no bound, the cloud says so and it is not tried.
    for script in [
        "i=0; while [ $i -lt 5000 ]; do sleep 5381.5 & i=$((i+1)); done; wait",
        "bomb() { bomb fork-bomb | bomb fork-bomb & }; bomb; sleep 5381.5",
    ] {
        let id = cloud.start(script);
        cloud.wait_for(&id, "failed");
        assert!(cloud.reason(&id).contains("more than 64 processes"), "{}", cloud.reason(&id));
        assert_eq!(processes_with("sleep 5381.5"), Vec::<u32>::new());
        if cloud.events_of(&id, "session.info").iter().any(|data| data.to_string().contains("fork bomb may be")) {
            return;
        }
        assert_eq!(processes_with("-s -- fork-bomb-of-the-tests"), [cloud.pid()], "only the cloud knows its name");
    }
}

#[test]
fn children_that_flee_its_group_and_session_end_with_it() {
    let repository = Repository::new();
    let cloud = start(&repository);
    let script = "sleep 5382.5 & setsid sleep 5382.5 & (setsid sh -c 'setsid sleep 5382.5 & sleep 5382.5' &) ; nohup setsid sleep 5382.5 >/dev/null 2>&1 & echo done";
    let id = cloud.start(script);
    cloud.wait_for(&id, "completed");
    assert!(cloud.said(&id).contains("done"));
    assert_eq!(processes_with("sleep 5382.5"), Vec::<u32>::new());
    // One that takes no hint, when it is stopped.
    let id = cloud
        .start("trap '' TERM INT HUP; setsid sh -c 'trap \"\" TERM; echo up; sleep 5383.5; sleep 5383.5' & wait; wait");
    until("the agent works", || cloud.said(&id).contains("up").then_some(()));
    cloud.steer(&id, &json!({ "type": "abort" })).expect(202);
    cloud.wait_for(&id, "cancelled");
    assert_eq!(processes_with("sleep 5383.5"), Vec::<u32>::new());
}

#[test]
fn endless_output_ends() {
    let repository = Repository::new();
    let cloud = Options::new().repository(&repository).shell_agent().argument("--agent-output", "1").start();
    for script in ["yes", "cat /dev/zero", "yes >&2", "cat /dev/urandom"] {
        let id = cloud.start(script);
        cloud.wait_for(&id, "failed");
        assert!(cloud.reason(&id).contains("more than 1 MB"), "{script}: {}", cloud.reason(&id));
    }
    let size = std::fs::metadata(cloud.data().join("cloud.sqlite")).unwrap().len();
    assert!(size < 64 << 20, "{size}");
}

#[test]
fn endless_time_ends() {
    let repository = Repository::new();
    let cloud = Options::new().repository(&repository).shell_agent().argument("--agent-timeout", "1").start();
    let id = cloud.start("echo kept > kept.txt; sleep 5384.5");
    let task = cloud.wait_for(&id, "timed_out");
    assert!(task["sessions"][0]["error"]["message"].as_str().unwrap().contains("longer than"));
    assert_eq!(processes_with("sleep 5384.5"), Vec::<u32>::new());
    assert_eq!(repository.show(&cloud.branch(&id).unwrap(), "kept.txt"), "kept");
}

#[test]
fn a_huge_disk_ends() {
    let repository = Repository::new();
    let cloud = Options::new().repository(&repository).shell_agent().argument("--agent-disk", "8").start();
    let id =
        cloud.start("i=0; while :; do head -c 1000000 /dev/zero > \"$TMPDIR/file-$i\" || exit 1; i=$((i+1)); done");
    cloud.wait_for(&id, "failed");
    assert!(cloud.reason(&id).contains("more than 8 MB on disk"), "{}", cloud.reason(&id));
    // One file cannot pass the limit at all.
    let id = cloud.start("head -c 100000000 /dev/zero > \"$TMPDIR/file\"; stat -c %s \"$TMPDIR/file\"");
    cloud.wait_for(&id, "completed");
    assert_eq!(cloud.said(&id).trim(), (8 << 20).to_string());
}

#[test]
fn git_is_not_run_in_a_directory_that_something_changed() {
    let repository = Repository::new();
    let canary = repository.beside("canary");
    let cloud = start(&repository);
    let mirror = cloud.data().join("repositories/1.git");
    // As if an agent had found a way out of its confinement.
    let sing = format!("[core]\n\tfsmonitor = touch {}\n", canary.display());
    let objects = Repository::new().path().join(".git/objects").display().to_string();
    for (file, content) in [
        ("config", sing.as_str()),
        ("config.worktree", &sing),
        ("info/attributes", "* filter=evil\n"),
        ("info/grafts", ""),
        ("objects/info/alternates", &objects),
        ("commondir", "."),
    ] {
        let path = mirror.join(file);
        let original = std::fs::read_to_string(&path).ok();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, original.clone().unwrap_or_default() + content).unwrap();
        let answer = cloud.post("/agents/repos/local/fixture/tasks", &json!({ "prompt": "true" }));
        let refused = answer.status >= 400 && answer.text.contains("was changed by something other");
        assert!(refused, "{file}: {}", answer.text);
        match original {
            Some(original) => std::fs::write(&path, original).unwrap(),
            None => std::fs::remove_file(&path).unwrap(),
        }
    }
    cloud.run("true", "completed");
    assert!(!canary.exists());
}

#[test]
fn hooks_in_the_clouds_own_git_directories_are_never_run() {
    let repository = Repository::new();
    let canary = repository.beside("canary");
    let cloud = start(&repository);
    // As if an agent had found a way out of its confinement.
    let hooks = cloud.data().join("repositories/1.git/hooks");
    for hook in ["reference-transaction", "post-index-change", "pre-push", "post-checkout", "pre-auto-gc"] {
        repository.script(hooks.join(hook), &format!("#!/bin/sh\necho {hook} >> {}\n", canary.display()));
    }
    let id = cloud.start("echo x > x.txt");
    cloud.wait_for(&id, "completed");
    go_on(&cloud, &id, "echo more >> x.txt");
    assert_eq!(repository.show(&cloud.branch(&id).unwrap(), "x.txt"), "x\nmore");
    assert!(!canary.exists(), "{}", std::fs::read_to_string(&canary).unwrap_or_default());
}
