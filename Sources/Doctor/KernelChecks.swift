import CSandbox
import System

/// What the kernel refuses to a worker: each mechanism refuses something once before our eyes.
enum KernelChecks {
    static func run(_ report: (Finding) -> Void) {
        let directory: ScratchDirectory
        do throws(SystemError) {
            directory = try ScratchDirectory()
        } catch {
            return report(
                Finding(
                    .kernel, "mechanisms", .failed, "no directory to try them in can be made: \(error)",
                    help: "let TMPDIR, or /tmp, be a directory that this user may write to"))
        }
        defer { directory.remove() }
        for index in 0..<sandbox_probe_count() { report(finding(sandbox_probe(index, directory.path))) }
    }

    private static func finding(_ probe: sandbox_finding) -> Finding {
        let name = String(cString: probe.name)
        let words = withUnsafeBytes(of: probe.words) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let who = "for \(String(cString: probe.needed))"
        switch probe.result {
        case SANDBOX_PROBE_OK: return Finding(.kernel, name, .ok, words)
        case SANDBOX_PROBE_MISSING: return Finding(.kernel, name, .lacking, "\(words) (\(who))", help: help(name))
        default:
            return Finding(
                .kernel, name, .failed, "it says that it is on, and refused nothing: \(words) (\(who))",
                help: "run no untrusted plugin on this machine")
        }
    }

    private static func help(_ name: String) -> String? {
        helps.first { name.hasPrefix($0.mechanism) }?.help
    }

    private static let helps: [(mechanism: String, help: String)] = [
        (
            "Landlock",
            "use a newer kernel (5.13 has Landlock), with `landlock` in its `lsm=` list; a container must allow its calls"
        ),
        (
            "seccomp",
            "use a kernel with seccomp filters; a container whose own filter has a listener allows no second one"
        ),
        ("limits: processes", "run as an ordinary user, or where control groups can be made"),
        (
            "control groups",
            "run where control groups are writable: as root, or in a scope that systemd delegates "
                + "(systemd-run --user --scope -p Delegate=yes)"
        ),
        (
            "namespaces",
            "allow user namespaces (user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns); in a "
                + "container that is decided outside"
        ),
    ]
}
