/// Where something stands in a configuration file. Lines and columns count from 1, columns in Unicode scalars.
package struct Place: Sendable, Hashable, CustomStringConvertible {
    package var file: String
    package var line: Int
    package var column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    package var description: String { "\(file):\(line):\(column)" }
}

/// A value, and where it was written.
package struct Located<Value: Sendable>: Sendable {
    package var value: Value
    package var place: Place

    package init(_ value: Value, at place: Place) {
        self.value = value
        self.place = place
    }
}

extension Located: Equatable where Value: Equatable {}

/// Why a configuration cannot be used. Nothing is guessed and nothing is skipped: the first failure stops the start.
package struct ConfigurationFailure: Error, Sendable, Equatable {
    /// `file:line:column`, or the file alone when it could not be read at all.
    package var place: String
    /// What is wrong, and why.
    package var message: String
    /// What to do: a statement.
    package var help: String

    package init(at place: Place, _ message: String, help: String) {
        self.place = place.description
        self.message = message
        self.help = help
    }

    package init(file: String, _ message: String, help: String) {
        self.place = file
        self.message = message
        self.help = help
    }
}

extension ConfigurationFailure: CustomStringConvertible {
    package var description: String { "error: \(place): \(message)\nhelp: \(help)" }
}
