import System

/// Compilers. The host needs none; whoever makes plugins does.
enum ToolchainChecks {
    static func run(_ report: (Finding) -> Void) {
        report(compiler("Swift", says: firstLine(ofRunning: "swift --version")))
        report(compiler("C", says: firstLine(ofRunning: "cc --version")))
    }

    private static func compiler(_ language: String, says line: String?) -> Finding {
        guard let line else {
            return Finding(
                .toolchain, language, .lacking, "no compiler runs (for making plugins in \(language))",
                help: "put one into PATH if you want to make plugins in \(language)")
        }
        return Finding(.toolchain, language, .ok, line)
    }
}
