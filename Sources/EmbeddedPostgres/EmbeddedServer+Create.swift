internal import Glibc

extension EmbeddedServer {
    /// Makes the directory that holds everything, private to the server's user, or checks the one
    /// that is there.
    func prepareDirectory() throws {
        let exists = Files.exists(directory)
        if !exists {
            try makeDirectories(directory)
            guard lchown(directory, account.userID, account.groupID) == 0 else {
                throw EmbeddedServerError.system("change the owner of \"\(directory)\"", errno)
            }
        }
        // Through a symbolic link, as some keep their data elsewhere.
        guard let status = FileStatus(of: PostmasterFile.resolved(directory)), status.isDirectory
        else {
            throw EmbeddedServerError(
                .fileSystem, "\"\(directory)\" is not a directory",
                hint: "Set VITRINE_DATA to another directory.")
        }
        guard status.userID == account.userID else {
            // An empty directory that root has made is taken over.
            guard account.stepsDown, status.userID == 0, Files.names(in: directory).isEmpty,
                chown(directory, account.userID, account.groupID) == 0,
                chmod(directory, 0o700) == 0
            else { throw wrongOwner(directory) }
            return try checkReach()
        }
        try checkReach()
    }

    /// As root, the way to the directory may be closed to the user that the server runs as.
    private func checkReach() throws {
        guard account.stepsDown else { return }
        let (status, _) = try ChildProcess.run(
            account.command(["/bin/sh", "-c", "cd \"$0\"", directory]))
        guard status == 0 else {
            throw EmbeddedServerError(
                .wrongOwner, "the user \(account.name) cannot reach \"\(directory)\"",
                hint: "Set VITRINE_DATA to a directory outside of root's home, such as "
                    + "/var/lib/vitrine.")
        }
    }

    /// Makes a directory with all above it. The last is private; those above are as the caller's
    /// mask has them.
    private func makeDirectories(_ path: String) throws {
        let parent = path.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        if !parent.isEmpty, !Files.exists(parent) {
            try makeParents(parent)
        }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw EmbeddedServerError.system("create \"\(path)\"", errno)
        }
    }

    private func makeParents(_ path: String) throws {
        var current = ""
        for part in path.split(separator: "/") {
            current += "/" + part
            guard mkdir(current, 0o755) == 0 || errno == EEXIST else {
                throw EmbeddedServerError.system("create \"\(current)\"", errno)
            }
        }
    }

    /// Makes a cluster beside its place and moves it there when it is whole, so that a kill or a
    /// full disk leaves no half-made one behind.
    func createCluster(with programs: ServerPrograms) throws {
        let partial = directory + "/data.partial"
        if Files.exists(partial) { try Files.moveAside(partial) }
        var command = [
            programs.initdb, "--pgdata=\(partial)", "--username=postgres", "--encoding=UTF8",
            "--locale=C", "--auth-local=trust", "--auth-host=reject", "--no-instructions",
        ]
        // Bytes compare fastest; upper and lower case still know more than ASCII.
        if let locale = newlocale(1 << LC_CTYPE, "C.UTF-8", nil) {
            freelocale(locale)
            command.append("--lc-ctype=C.UTF-8")
        }
        command.append(options.durability == .full ? "--data-checksums" : "--no-sync")
        let (status, output) = try ChildProcess.run(account.command(command))
        guard status == 0 else {
            throw EmbeddedServerError.program(
                .createFailed, "create the cluster in \"\(partial)\"", output: output, hint: nil)
        }
        try include(in: partial)
        guard rename(partial, data) == 0 else {
            throw EmbeddedServerError.system("move the new cluster to \"\(data)\"", errno)
        }
    }

    /// Makes the cluster read the settings that every start writes.
    private func include(in cluster: String) throws {
        let file = cluster + "/postgresql.conf"
        let text = Files.text(of: file) ?? ""
        try Files.write(
            text + "\ninclude_if_exists = 'vitrine.conf'\n", to: file, owner: account)
    }
}
