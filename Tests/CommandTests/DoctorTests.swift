import Foundation
import StrictJSON
import TestSupport
import Testing

@Suite struct DoctorTests {
    private struct Report {
        var run: Run
        var isWell: JSON?
        var findings: [JSON]

        init(
            _ arguments: [String], workspace: String, without landlock: Bool = false, limit: String? = nil
        ) throws {
            run = try Run(
                ["doctor", "--json"] + arguments, workspace: workspace, withoutLandlock: landlock, limit: limit)
            let json = try JSONParser.parse(run.output)
            isWell = json["ok"]
            findings = json["findings"]?.array ?? []
        }

        func verdict(_ area: String, _ name: String) -> JSON? { finding(area, name)?["verdict"] }
        func finding(_ area: String, _ name: String) -> JSON? {
            findings.first { $0["area"] == .string(area) && $0["name"] == .string(name) }
        }
    }

    @Test("of a healthy deployment every area is looked at, nothing is changed, and whatever is lacking has a help")
    func healthy() throws {
        try withWorkspace(["a.txt": "a"]) { workspace in
            let report = try Report([], workspace: workspace)
            #expect(report.run.status == 0 && report.isWell == true, "\(report.run.output)")
            let areas = Set(report.findings.compactMap { $0["area"]?.string })
            #expect(areas == ["kernel", "workspace", "locks", "plugins", "limits", "toolchain"])
            for (area, name) in [("workspace", "escaping"), ("workspace", "writing"), ("locks", "hosts")] {
                #expect(report.verdict(area, name) == "ok", "\(area) \(name)")
            }
            for finding in report.findings where finding["verdict"] != "ok" { #expect(finding["help"] != nil) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: workspace) == ["a.txt"])
        }
    }

    @Test("the text says the same, one line a finding, and sums up")
    func text() throws {
        try withWorkspace { workspace in
            let run = try Run(["doctor"], workspace: workspace)
            let report = try Report([], workspace: workspace)
            let lines = run.output.split(separator: "\n")
            for finding in report.findings {
                let name = finding["name"]?.string ?? ""
                #expect(lines.contains { $0.hasPrefix("  ") && $0.contains(" \(name) ") }, "\(name)")
            }
            let ok = report.findings.count { $0["verdict"] == "ok" }
            #expect(lines.last?.hasPrefix("\(ok) ok, ") == true)
        }
    }

    @Test("what the deployment asks for and cannot have fails, with status 1, and the rest is looked at all the same")
    func failing() throws {
        let configurations = [
            ("plugins:\n  - file: ./nothing.so\n", "plugins", "plugin"),
            ("locks: /proc/nowhere/locks\n", "locks", "hosts"),
            ("roots:\n  - name: nowhere\n    path: /proc/nowhere\n", "workspace", "roots"),
            ("limits:\n  jobs: many\n", "configuration", "files"),
        ]
        for (text, area, name) in configurations {
            try withWorkspace(["config.yaml": text]) { workspace in
                let report = try Report(["--config", "config.yaml"], workspace: workspace)
                #expect(report.run.status == 1 && report.isWell == false, "\(text)")
                #expect(report.verdict(area, name) == "failed", "\(text)\(report.run.output)")
                #expect(report.finding(area, name)?["help"] != nil)
                #expect(report.findings.contains { $0["area"] == "kernel" })
            }
        }
    }

    @Test("what every worker needs is only lacking where plugins run inside the host without it; and that is said")
    func fallingBack() throws {
        try withWorkspace { workspace in
            let report = try Report([], workspace: workspace, without: true)
            #expect(report.verdict("kernel", "Landlock: reading") == "lacking", "\(report.run.output)")
            #expect(report.verdict("plugins", "dev.interlock.files") == "lacking")
            let words = report.finding("plugins", "dev.interlock.files")?["words"]?.string ?? ""
            #expect(words.contains("inside the host"), "\(words)")
            #expect(report.run.status == 0 && report.isWell == true)
        }
    }

    @Test("it fails where a plugin would be refused for it", arguments: ["", ", isolation: worker"])
    func refused(isolation: String) throws {
        let configuration = "bundled: false\nplugins: [{file: \(Bundled.files)\(isolation)}]\n"
        try withWorkspace(["config.yaml": configuration]) { workspace in
            let report = try Report(["--config", "config.yaml"], workspace: workspace, without: true)
            #expect(report.verdict("kernel", "Landlock: reading") == "failed", "\(report.run.output)")
            #expect(report.finding("kernel", "Landlock: reading")?["help"] != nil)
            #expect(report.verdict("plugins", "plugin") == "failed")
            // What workers can do without is no failure.
            #expect(report.verdict("kernel", "Landlock: signals") == "lacking")
            #expect(report.run.status == 1 && report.isWell == false)
            let run = try Run(
                ["call", "file_list", "--config", "config.yaml"], workspace: workspace, withoutLandlock: true)
            #expect(run.status == 1 && run.error.contains("cannot confine its worker"), "\(run.error)")
        }
    }

    @Test("what a tool declares and nobody granted is lacking, where a worker would refuse it")
    func ungranted() throws {
        let workshop = try Workshop()
        let plugin = try workshop.buildC("\(Workshop.repository)/Tests/IsolationTests/Fixtures/grants.c", ["-pthread"])
        for (more, isLacking) in [("", true), (", grants: [programs]", false), (", isolation: in-process", false)] {
            try withWorkspace(["config.yaml": "plugins: [{file: \(plugin)\(more)}]\n"]) { workspace in
                let report = try Report(["--config", "config.yaml"], workspace: workspace)
                let found = report.finding("plugins", "run_a_program")
                let words = found?["words"]?.string ?? ""
                #expect(words.contains("runs programs") == isLacking, "\(report.run.output)")
                #expect(report.finding("plugins", "run_a_program_undeclared") == nil && report.run.status == 0)
            }
        }
    }

    @Test("a plugin that the operator trusts asks nothing of the kernel")
    func trusted() throws {
        let configuration = "bundled: false\nplugins: [{file: \(Bundled.files), isolation: in-process}]\n"
        try withWorkspace(["config.yaml": configuration]) { workspace in
            let report = try Report(["--config", "config.yaml"], workspace: workspace, without: true)
            #expect(report.verdict("kernel", "Landlock: reading") == "lacking", "\(report.run.output)")
            #expect(report.verdict("plugins", "dev.interlock.files") == "ok")
            #expect(report.run.status == 0)
        }
    }

    @Test("few descriptors are lacking, not failed")
    func fewDescriptors() throws {
        try withWorkspace { workspace in
            let report = try Report([], workspace: workspace, limit: "-n 150")
            #expect(report.verdict("limits", "descriptors") == "lacking", "\(report.run.output)")
            #expect(report.run.status == 0)
        }
    }
}
