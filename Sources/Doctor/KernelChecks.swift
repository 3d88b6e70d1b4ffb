import CSandbox
import System

/// What the kernel refuses to a worker: each mechanism refuses something once before our eyes.
enum KernelChecks {
    /// - Parameter asked: Whether a plugin would be refused where no worker can be had.
    static func run(asked: Bool, _ report: (Finding) -> Void) {
        let directory: ScratchDirectory
        do throws(SystemError) {
            directory = try ScratchDirectory()
        } catch {
            return report(
                Finding(
                    .kernel, "mechanisms", .failed, "no directory to try them in can be made: \(error)",
                    help: "let TMPDIR, or /tmp, be a directory that this user may write to"))
        }
        for index in 0..<sandbox_probe_count() { report(finding(sandbox_probe(index, directory.path), asked)) }
        // What a probe leaves behind is the system's to clear, and says nothing of the kernel.
        try? directory.remove()
    }

    private static func finding(_ probe: sandbox_finding, _ asked: Bool) -> Finding {
        let name = String(cString: probe.name)
        let words = withUnsafeBytes(of: probe.words) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let who = "for \(String(cString: probe.needed))"
        switch probe.result {
        case SANDBOX_PROBE_OK: return Finding(.kernel, name, .ok, words)
        case SANDBOX_PROBE_MISSING:
            return Finding(
                .kernel, name, asked && probe.is_required != 0 ? .failed : .lacking, "\(words) (\(who))",
                help: String(cString: probe.help))
        default:
            return Finding(
                .kernel, name, .failed, "it says that it is on, and refused nothing: \(words) (\(who))",
                help: "run no untrusted plugin on this machine")
        }
    }
}
