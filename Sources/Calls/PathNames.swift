/// How keys are called for people: paths relative to the workspace where they are in it, else absolute.
package struct PathNames: Sendable {
    /// Nil where there is one root alone: then everything is relative to that.
    private let workspace: Key?

    package init(workspace: Key? = nil) {
        self.workspace = workspace
    }

    /// "." for the workspace itself; of what is no path, its components.
    package func name(of key: Key) -> String {
        guard key.isPath else { return key.description }
        // A path's key begins with the outermost root that it is in, as one component.
        let workspace = workspace ?? key.prefix(2)
        if key.isInside(workspace) {
            let path = key.components.dropFirst(workspace.components.count)
            return path.isEmpty ? "." : text(path)
        }
        // The root of all is a slash too.
        return text(key.components.dropFirst()).replacing("//", with: "/", maxReplacements: 1)
    }

    private func text(_ path: some Sequence<[UInt8]>) -> String {
        String(decoding: Array(path.joined(separator: [UInt8(ascii: "/")])), as: UTF8.self)
    }
}
