public import ArgumentParser

/// Where the peer of a benchmark runs: a script in Python that does the same work.
public struct PeerOptions: ParsableArguments {
    @Option(help: "A Python with what the peer needs.")
    private var python = "python3"

    @Flag(help: "Leave the peer out.")
    private var withoutPeer = false

    public init() {}

    /// The interpreter; nil, and a line that says so, where the peer is left out.
    ///
    /// - Parameters:
    ///   - module: What the peer cannot do without.
    ///   - packages: What `pip install` is given to get it.
    public func interpreter(with module: String, from packages: String) -> Python? {
        let interpreter = Python(python)
        guard !withoutPeer, interpreter.has(module) else {
            print("peer left out: needs \(module), for example pip install \(packages)")
            return nil
        }
        return interpreter
    }
}
