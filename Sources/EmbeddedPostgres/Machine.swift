internal import FoundationEssentials
internal import Glibc

/// What the server may count on.
struct Machine: Hashable, Sendable {
    /// Bytes of main memory, or of the control group's limit when that is lower.
    var memory: Int
    var cores: Int
    /// Bytes of /dev/shm, which is small in most containers.
    var sharedMemory: Int

    static func current() -> Machine {
        let total = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        // Version 2 of control groups, then version 1; "max" and huge numbers mean no limit.
        let limit = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
            .compactMap { Files.text(of: $0) }
            .compactMap { Int($0.prefix { $0.isWholeNumber }) }
            .first { $0 > 0 }
        var shared = statvfs()
        let hasShared = statvfs("/dev/shm", &shared) == 0
        return Machine(
            memory: min(total, limit ?? total),
            cores: max(1, ProcessInfo.processInfo.activeProcessorCount),
            sharedMemory: hasShared ? Int(shared.f_blocks) * Int(shared.f_frsize) : 0)
    }
}
