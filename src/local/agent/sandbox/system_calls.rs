//! System calls that agents are refused: ways around Landlock, and what no agent needs that has broken kernels before.
//!
//! Landlock asks at connect(2) on a plain TCP socket. A connection is also opened by sending with `MSG_FASTOPEN`, and by a
//! Multipath TCP or SMC socket, which speaks plain TCP to a server that knows no better; see
//! <https://docs.kernel.org/userspace-api/seccomp_filter.html>.

use std::collections::BTreeMap;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, sock_filter,
};

/// `AF_SMC` of linux/socket.h.
const AF_SMC: i32 = 43;
/// `IPPROTO_SMC` of linux/smc.h.
const IPPROTO_SMC: i32 = 256;

/// Refused whatever the arguments are.
const REFUSED: [i64; 32] = [
    // They do what other calls do, past this filter.
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    // Into other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    // Into the kernel.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    // Keys of the account, and of its sessions.
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    // What is where in the file system.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_open_by_handle_at,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_reboot,
    libc::SYS_setns,
];

/// Refuses them to the calling thread and everything that it starts from now on.
pub(super) fn refuse() -> Result<(), seccompiler::Error> {
    #[cfg(target_arch = "x86_64")]
    seccompiler::apply_filter(&X32_REFUSED)?;
    seccompiler::apply_filter(&program()?)
}

/// The x32 calls have numbers of their own and the architecture of all others, so that the filter would not know them.
#[cfg(target_arch = "x86_64")]
const X32_REFUSED: [sock_filter; 4] = [
    // The number of the call, which is the first word of `struct seccomp_data`.
    instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0),
    // From `__X32_SYSCALL_BIT` on.
    instruction(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, 0x4000_0000, 1),
    instruction(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ALLOW, 0),
    instruction(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ERRNO | libc::EPERM.cast_unsigned(), 0),
];

/// One instruction of the kernel's filter language; a true condition skips `skip` instructions.
#[cfg(target_arch = "x86_64")]
#[allow(clippy::cast_possible_truncation, reason = "the codes fit 16 bits by the definition of the language")]
const fn instruction(code: u32, operand: u32, skip: u8) -> sock_filter {
    sock_filter { code: code as u16, jt: skip, jf: 0, k: operand }
}

/// The filter. Calls of another architecture, such as those of 32-bit programs, end the process: it could do nothing with a
/// refusal either.
fn program() -> Result<BpfProgram, BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = REFUSED.iter().map(|call| (*call, Vec::new())).collect();
    #[cfg(target_arch = "x86_64")]
    rules.insert(libc::SYS_kexec_file_load, Vec::new());
    // Arguments that the kernel reads as `int`: what stands in the upper half does not matter to it.
    let equals = |argument, value: i32| {
        let value = u64::from(value.cast_unsigned());
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
    };
    let has = |argument, flag: i32| {
        let flag = u64::from(flag.cast_unsigned());
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(flag), flag)
    };
    let socket = vec![
        SeccompRule::new(vec![equals(2, libc::IPPROTO_MPTCP)?])?,
        SeccompRule::new(vec![equals(2, IPPROTO_SMC)?])?,
        SeccompRule::new(vec![equals(0, AF_SMC)?])?,
    ];
    rules.insert(libc::SYS_socket, socket);
    for (call, flags) in [(libc::SYS_sendto, 3), (libc::SYS_sendmsg, 2), (libc::SYS_sendmmsg, 3)] {
        rules.insert(call, vec![SeccompRule::new(vec![has(flags, libc::MSG_FASTOPEN)?])?]);
    }
    let mut options = Vec::new();
    // The latter lays another protocol over a socket, such as SMC.
    for option in [libc::TCP_FASTOPEN_CONNECT, libc::TCP_ULP] {
        options.push(SeccompRule::new(vec![equals(1, libc::IPPROTO_TCP)?, equals(2, option)?])?);
    }
    rules.insert(libc::SYS_setsockopt, options);
    let refusal = SeccompAction::Errno(libc::EPERM.cast_unsigned());
    SeccompFilter::new(rules, SeccompAction::Allow, refusal, std::env::consts::ARCH.try_into()?)?.try_into()
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// What a call answers that can do nothing: no file is open at -1, and nothing lies at 0.
    fn complaint(call: i64, arguments: [i64; 4]) -> Option<i32> {
        let [first, second, third, fourth] = arguments;
        #[expect(unsafe_code, reason = "system calls as such are tested")]
        // SAFETY: none of the calls below is given an address.
        let answer = unsafe { libc::syscall(call, first, second, third, fourth, 0_i64, 0_i64) };
        (answer < 0).then(|| io::Error::last_os_error().raw_os_error().unwrap())
    }

    #[test]
    fn each_way_around_the_rule_of_ports_is_refused_and_its_neighbours_are_not() {
        let fast_open = i64::from(libc::MSG_FASTOPEN);
        let (quiet, above) = (i64::from(libc::MSG_NOSIGNAL), 1 << 40);
        let (inet, stream, tcp) =
            (i64::from(libc::AF_INET), i64::from(libc::SOCK_STREAM), i64::from(libc::IPPROTO_TCP));
        let confined = std::thread::spawn(move || {
            refuse().unwrap();
            let mut wrong = Vec::new();
            let mut expect = |call, arguments, wanted| {
                let got = complaint(call, arguments);
                if got != Some(wanted) {
                    wrong.push((call, arguments, got));
                }
            };
            for flags in [fast_open, fast_open | quiet, fast_open | above] {
                expect(libc::SYS_sendto, [-1, 0, 0, flags], libc::EPERM);
                expect(libc::SYS_sendmsg, [-1, 0, flags, 0], libc::EPERM);
                expect(libc::SYS_sendmmsg, [-1, 0, 0, flags], libc::EPERM);
            }
            expect(libc::SYS_sendto, [-1, 0, 0, quiet], libc::EBADF);
            expect(libc::SYS_sendmsg, [-1, 0, quiet, 0], libc::EBADF);
            expect(libc::SYS_sendmmsg, [-1, 0, 0, quiet], libc::EBADF);
            for protocol in [262, 262 | above, 256] {
                expect(libc::SYS_socket, [inet, stream, protocol, 0], libc::EPERM);
                expect(libc::SYS_socket, [i64::from(libc::AF_INET6), stream, protocol, 0], libc::EPERM);
            }
            expect(libc::SYS_socket, [43, stream, 0, 0], libc::EPERM);
            for option in [30, 31] {
                expect(libc::SYS_setsockopt, [-1, tcp, option, 0], libc::EPERM);
                expect(libc::SYS_setsockopt, [-1, tcp | above, option | above, 0], libc::EPERM);
                // The same number means something else at another level.
                expect(libc::SYS_setsockopt, [-1, 1, option, 0], libc::EBADF);
            }
            expect(libc::SYS_setsockopt, [-1, tcp, 1, 0], libc::EBADF);
            for call in REFUSED {
                expect(call, [-1, 0, 0, 0], libc::EPERM);
            }
            #[cfg(target_arch = "x86_64")]
            for call in [libc::SYS_socket, libc::SYS_getpid, 518, 538] {
                expect(0x4000_0000 | call, [-1, 0, 0, 0], libc::EPERM);
            }
            wrong
        });
        assert_eq!(confined.join().unwrap(), Vec::new());
    }
}
