import Calls
import System

/// What the workspace's file system must be able to do, tried on it.
extension Workspace {
    /// What the kernel says to a way out of the workspace; nil if it lets one out.
    package func tryEscaping() -> SystemError? {
        do throws(SystemError) {
            _ = try kernel.open(
                beneath: roots.workspace.directory, path: PathBytes.dotDot, .directoryHandle, onSameMount: false)
            return nil
        } catch {
            return error
        }
    }

    /// Makes a file, replaces it, and removes it, by the code that does it for tools.
    package func tryWriting() throws(ServiceError) {
        let directory = roots.workspace.directory
        let name = temporaryNames.next()
        let operation = FileOperation("make and replace", name)
        let trial = FileReplacement(self, directory, name, operation)
        try trial.create([0])
        defer { try? kernel.remove(name, in: directory, isDirectory: false) }
        let (original, status) = try operation.attempt { () throws(SystemError) in
            let file = try kernel.open(name, in: directory, .read)
            return (file, try kernel.status(of: file))
        }
        _ = try trial.replace(original, status, [1]) {}
    }
}
