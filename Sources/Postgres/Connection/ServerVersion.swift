/// The version of a server: 15.4 is `major` 15, `minor` 4.
public struct ServerVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var major: Int
    public var minor: Int

    public init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// - Parameter number: What `PQserverVersion` returns: 150004 for 15.4, 90624 for 9.6.24.
    init(number: Int) {
        major = number / 10_000
        minor = number % 10_000
    }

    /// The oldest major version that is supported.
    public static let oldestMajor = 14

    public static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    public var description: String { "\(major).\(minor)" }
}
