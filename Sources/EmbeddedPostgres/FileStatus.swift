internal import Glibc

/// What `lstat` says of a path.
struct FileStatus {
    var userID: UInt32
    var permissions: UInt32
    var isDirectory: Bool
    var isSymbolicLink: Bool

    /// Nil when there is nothing.
    init?(of path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        userID = status.st_uid
        permissions = status.st_mode & 0o7777
        isDirectory = status.st_mode & S_IFMT == S_IFDIR
        isSymbolicLink = status.st_mode & S_IFMT == S_IFLNK
    }
}

enum Files {
    /// Names in a directory, none when it cannot be read.
    static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    static func exists(_ path: String) -> Bool {
        FileStatus(of: path) != nil
    }

    /// The text of a small file, nil when it cannot be read.
    static func text(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The last lines of a file of any size.
    static func lastLines(_ count: Int, of path: String, from start: Int = 0) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        let size = Int(lseek(descriptor, 0, SEEK_END))
        let length = min(size - min(start, size), 16 << 10)
        var bytes = [UInt8](repeating: 0, count: length)
        let got = pread(descriptor, &bytes, length, size - length)
        return String(decoding: bytes.prefix(max(got, 0)), as: UTF8.self)
            .split(separator: "\n").suffix(count).joined(separator: "\n")
    }

    /// Moves something aside to the first free of `name.1`, `name.2`, …
    @discardableResult
    static func moveAside(_ path: String) throws -> String {
        var number = 1
        while exists("\(path).\(number)") { number += 1 }
        let target = "\(path).\(number)"
        guard rename(path, target) == 0 else {
            throw EmbeddedServerError.system("move \"\(path)\" aside", errno)
        }
        return target
    }

    /// Writes a file whole, or not at all.
    static func write(_ text: String, to path: String, owner: ServerAccount) throws {
        let partial = path + ".new"
        let descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw EmbeddedServerError.system("write \"\(path)\"", errno) }
        defer { close(descriptor) }
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw EmbeddedServerError.system("write \"\(path)\"", errno) }
            bytes = bytes.dropFirst(count)
        }
        fchown(descriptor, owner.userID, owner.groupID)
        guard rename(partial, path) == 0 else {
            throw EmbeddedServerError.system("write \"\(path)\"", errno)
        }
    }
}
