import Foundation

/// The folder that holds `sql/`, `migrations/`, `jobs/`, `studies/` and `examples/`.
public struct Home: Sendable {
    /// Absolute path of the folder.
    public let directory: URL

    public init(directory: URL) {
        self.directory = directory.standardizedFileURL
    }

    /// Finds the folder: `VITRINE_HOME`, else the nearest parent of the working directory, else of
    /// the executable, that has both `sql` and `migrations` in it.
    ///
    /// - Throws: ``CatalogError`` when there is none.
    public static func locate(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> Home {
        if let path = environment["VITRINE_HOME"], !path.isEmpty {
            let home = Home(directory: URL(fileURLWithPath: path))
            guard home.isComplete else {
                throw CatalogError(
                    "VITRINE_HOME has no sql and migrations in it",
                    hint: "Point it at the folder that holds sql/, migrations/ and jobs/.")
            }
            return home
        }
        let working = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        for start in [working, executable.deletingLastPathComponent()] {
            if let home = nearest(above: start) { return home }
        }
        throw CatalogError(
            "could not find sql/ and migrations/",
            hint: "Run vitrine inside its folder, or set VITRINE_HOME to it.")
    }

    /// The nearest complete folder at or above `start`.
    static func nearest(above start: URL) -> Home? {
        var folder = start.standardizedFileURL
        while true {
            let home = Home(directory: folder)
            if home.isComplete { return home }
            let parent = folder.deletingLastPathComponent().standardizedFileURL
            if parent.path == folder.path { return nil }
            folder = parent
        }
    }

    private var isComplete: Bool {
        var isDirectory: ObjCBool = false
        return ["sql", "migrations"].allSatisfy { name in
            FileManager.default.fileExists(
                atPath: directory.appendingPathComponent(name).path, isDirectory: &isDirectory)
                && isDirectory.boolValue
        }
    }

    /// Path of a YAML file: a name is one of a folder, such as `jobs`; anything with a slash or an
    /// ending is a path.
    public func path(of nameOrPath: String, in folder: String) -> String {
        let isPath =
            nameOrPath.contains("/") || nameOrPath.hasSuffix(".yaml")
            || nameOrPath.hasSuffix(".yml")
        return isPath ? nameOrPath : path("\(folder)/\(nameOrPath).yaml")
    }

    /// Path of something in the folder.
    public func path(_ relative: String) -> String {
        directory.appendingPathComponent(relative).path
    }

    /// Files with the given extension anywhere below a folder, as sorted paths relative to it.
    func files(below folder: String, extension suffix: String) throws -> [String] {
        let root = directory.appendingPathComponent(folder)
        guard let walker = FileManager.default.enumerator(atPath: root.path) else {
            throw CatalogError("could not read \(folder)/")
        }
        var found: [String] = []
        for case let path as String in walker where path.hasSuffix("." + suffix) {
            found.append(path)
        }
        return found.sorted()
    }

    func text(of relative: String) throws -> String {
        do {
            return try String(contentsOfFile: path(relative), encoding: .utf8)
        } catch {
            throw CatalogError("could not read \(relative)")
        }
    }
}
