import TestSupport

extension Workshop {
    static let fixtures = repository + "/Tests/LoadingTests/Fixtures"
}
