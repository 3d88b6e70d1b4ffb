/// What was refused to a call's code, in words.
package struct DeniedAttempt: Sendable, Equatable {
    /// "write", "run a program".
    package var operation: String
    /// A path, most often.
    package var object: String
    /// Whether it was the plugin itself, and not a program that it runs.
    package var isPlugins: Bool
    /// What a tool must declare for it, and is to be granted; nil if it is neither, or was granted.
    package var missing: Tool.Traits?

    package init(_ operation: String, _ object: String, isPlugins: Bool, missing: Tool.Traits? = nil) {
        self.operation = operation
        self.object = object
        self.isPlugins = isPlugins
        self.missing = missing
    }
}
