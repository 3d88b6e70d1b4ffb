import Glibc
import System
import Workspace

// Makes a change to files, and is killed before the k-th system call on the way: file-services-driver ROOT CHANGE K. Ends with
// 0 if it comes to its end before that, with 1 if the change fails.

guard CommandLine.arguments.count == 4, let change = FileChange(rawValue: CommandLine.arguments[2]),
    let last = Int(CommandLine.arguments[3])
else {
    print("usage: file-services-driver ROOT CHANGE K")
    exit(2)
}
/// How many more calls may be made; nil = the change has not begun.
let left = Guarded<Int?>(nil)
var kernel = Kernel()
kernel.intercept = { _ in
    let isLast = left.withLock { left in
        left = left.map { $0 - 1 }
        return left == 0
    }
    if isLast { kill(getpid(), SIGKILL) }
}
do {
    let workspace = try Workspace(root: CommandLine.arguments[1], kernel: kernel)
    left.withLock { $0 = last }
    try change.run(on: FileServices(workspace: workspace, coverage: WholeGrant()))
} catch {
    print("\(change) failed: \(error)")
    exit(1)
}
