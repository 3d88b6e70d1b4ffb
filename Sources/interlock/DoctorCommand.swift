import ArgumentParser
import Calls
import Doctor
import Interlock
import StrictJSON
import Timeline

/// `interlock doctor`: whether this machine and this configuration can do what they are asked for.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Tries what Interlock stands on, and says of each thing that it is ok or what to do.",
        discussion: """
            Every mechanism of the kernel that confines plugins is tried with an attempt that it must refuse. The \
            workspace is written to (a temporary file, removed again), the lock file locked, the plugins loaded.

            ok: it works. lacking: all works without it, but something less well, or less safely. failed: something \
            that the configuration asks for does not work, like a plugin that would be refused; the exit status is 1 then.

            EXAMPLES
              interlock doctor
              interlock doctor --config team.yaml --json
            """)

    @OptionGroup var deployment: DeploymentOptions

    @Flag(name: .long, help: "Print one JSON object when all is tried.")
    var json = false

    func run() throws {
        var findings: [Finding] = []
        var writing: (any Error)?
        let report = { (finding: Finding) in
            let isFirst = findings.last?.area != finding.area
            findings.append(finding)
            if json || writing != nil { return }
            do { try Standard.write(Array(DoctorText.lines(finding, isFirst: isFirst).utf8)) } catch { writing = error }
        }
        let examined = Result { try deployment.deployment() }
        Doctor.examineMachine(for: try? examined.get(), report: report)
        do {
            Doctor.examine(try examined.get(), log: deployment.log, report: report)
        } catch let failure as CommandFailure {
            report(Finding(.configuration, "files", .failed, failure.problem, help: failure.help))
        }
        if let writing { throw writing }
        let isWell = !findings.contains { $0.verdict == .failed }
        if json {
            let report: JSON = ["ok": .bool(isWell), "findings": .array(findings.map(\.json))]
            try Standard.write(Array((report.prettyText + "\n").utf8))
        } else {
            try Standard.write(Array(DoctorText.summary(findings).utf8))
        }
        if !isWell { throw ExitCode(CommandFailure.status) }
    }
}

/// The findings for people.
enum DoctorText {
    private static let nameWidth = 26

    /// With the area's name before its first.
    static func lines(_ finding: Finding, isFirst: Bool) -> String {
        var text = isFirst ? "\(finding.area.rawValue)\n" : ""
        let verdict = Terminal.padded(finding.verdict.rawValue, to: 8)
        text += "  \(verdict) \(Terminal.padded(finding.name, to: nameWidth)) \(Printable.text(finding.words))\n"
        if let help = finding.help {
            text += String(repeating: " ", count: 2 + 8 + 1) + "help: \(Printable.text(help))\n"
        }
        return text
    }

    static func summary(_ findings: [Finding]) -> String {
        let counts = [Finding.Verdict.ok, .lacking, .failed].map { verdict in
            "\(findings.count { $0.verdict == verdict }) \(verdict.rawValue)"
        }
        return "\n" + counts.joined(separator: ", ") + "\n"
    }
}
