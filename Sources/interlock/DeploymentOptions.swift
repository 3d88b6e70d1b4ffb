import ArgumentParser
import CLinux
import Calls
import Configuration
import Interlock
import System
import Timeline

extension Policy: ExpressibleByArgument {}
extension ColorChoice: ExpressibleByArgument {}

/// What all subcommands that need a host take.
struct DeploymentOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The directory that tools work in.", valueName: "dir"))
    var workspace = "."

    @Option(name: .long, help: ArgumentHelp("A configuration instead of the user's own.", valueName: "file"))
    var config: String?

    @Option(name: .long, help: ArgumentHelp("One more plugin, for trying it. Can be repeated.", valueName: "file"))
    var plugin: [String] = []

    @Option(name: .long, help: "How siblings are ordered: by their contracts, or more coarsely to compare.")
    var policy: Policy?

    @Option(name: .long, help: ArgumentHelp("How many calls run at once.", valueName: "n"))
    var jobs: Int?

    @Option(
        name: .long, help: ArgumentHelp("How long a call may run, like 30s or 1h30m.", valueName: "duration"),
        transform: Self.duration)
    var timeout: Duration?

    @Flag(name: .long, help: "Say more on standard error.")
    var verbose = false

    func validate() throws {
        if let jobs, jobs < 1 { throw ValidationError("--jobs must be at least 1; found \(jobs)") }
    }

    /// A name without a slash would be looked for among the system's libraries.
    private static func path(_ plugin: String) -> String { plugin.contains("/") ? plugin : "./" + plugin }

    @Sendable private static func duration(_ text: String) throws -> Duration {
        do throws(Quantities.Malformed) {
            return try Quantities.positiveDuration(text)
        } catch {
            throw ValidationError("\(error.reason); \(error.help)")
        }
    }

    /// The configuration, with what the command line says on top: that is the user's own word.
    func deployment() throws -> Deployment {
        let loaded: Configuration
        do throws(ConfigurationFailure) {
            loaded = try Configuration.load(
                .init(
                    file: config, workspace: workspace,
                    environment: ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"].reduce(into: [:]) {
                        $0[$1] = environmentValue($1)
                    },
                    executableDirectory: Deployment.Plugin.executableDirectory()))
        } catch {
            throw CommandFailure(error)
        }
        for note in loaded.notes { Standard.note("warning: \(note)") }
        if verbose { for file in loaded.files { Standard.note("note: read \(file)") } }
        var deployment = loaded.deployment
        deployment.plugins += plugin.map { Deployment.Plugin(file: Self.path($0)) }
        deployment.policy = policy ?? deployment.policy
        deployment.limits.jobs = jobs ?? deployment.limits.jobs
        if let timeout {
            deployment.limits.time = timeout
            for name in deployment.tools.keys { deployment.tools[name]?.timeLimit = nil }
        }
        return deployment
    }

    /// What the host and its plugins have to say, for people.
    var log: @Sendable (LogLevel, String) -> Void {
        let least = verbose ? LogLevel.debug : .warning
        return { level, message in
            if level.rawValue >= least.rawValue { Standard.note("\(level): \(message.replacing("\n", with: " "))") }
        }
    }

    /// `runs`: whether it will run calls, or only be asked about them.
    func host(runs: Bool) throws -> Host {
        var deployment = try deployment()
        deployment.removesLeftovers = runs
        deployment.startsPlugins = runs
        if !runs { deployment.locks = nil }
        let host: Host
        do throws(HostFailure) {
            host = try Host(deployment, log: log)
        } catch {
            throw CommandFailure(error)
        }
        for problem in host.problems { Standard.note("warning: \(problem)") }
        // What was asked for by hand must be there.
        let refused = host.problems.compactMap(\.refusedPlugin)
        if let missing = plugin.first(where: { refused.contains(Self.path($0)) }) {
            throw CommandFailure("the plugin \(missing) cannot serve", help: "the warning above says why")
        }
        return host
    }
}

extension Host {
    /// After the answers: plugins have the last word then. One that hangs in it is ended by Ctrl-C like any program.
    func leave() {
        il_interrupts_close()
        shutDown()
    }
}
