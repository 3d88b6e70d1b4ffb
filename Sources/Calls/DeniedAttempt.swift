/// What was refused to a call's code, in words.
package struct DeniedAttempt: Sendable, Equatable {
    /// "write", "run a program".
    package var operation: String
    /// A path, most often.
    package var object: String
    /// Whether it was the plugin itself, and not a program that it runs.
    package var isPlugins: Bool

    package init(_ operation: String, _ object: String, isPlugins: Bool) {
        self.operation = operation
        self.object = object
        self.isPlugins = isPlugins
    }
}
