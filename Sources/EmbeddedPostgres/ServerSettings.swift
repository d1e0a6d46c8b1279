/// Settings of a private analytic cluster: few sessions, big statements, bulk loads, jobs that need
/// memory of their own beside the server.
struct ServerSettings {
    let machine: Machine
    let durability: Durability

    private static let mebibyte = 1 << 20

    /// The text of `vitrine.conf`, written anew at every start.
    var text: String {
        """
        # Written by Vitrine at every start, from the memory and the cores of the machine.
        # Your own settings: alter system, or postgresql.conf below the line that includes this.

        """ + lines.map { "\($0.0) = \($0.1)" }.joined(separator: "\n") + "\n"
    }

    var lines: [(String, String)] {
        common + (durability == .full ? analytic : disposable)
    }

    private var common: [(String, String)] {
        var lines = [
            ("timezone", "'UTC'"), ("log_timezone", "'UTC'"), ("datestyle", "'iso, mdy'"),
            ("lc_messages", "'C'"), ("jit", "off"), ("huge_pages", "try"),
            ("random_page_cost", "1.1"),
            ("log_checkpoints", "off"), ("log_line_prefix", "'%m [%p] %q%a '"),
            // Nothing is replicated: a load into a table of the same transaction skips the log.
            ("wal_level", "minimal"), ("max_wal_senders", "0"),
            ("max_parallel_workers", "\(machine.cores)"),
            ("max_parallel_workers_per_gather", "\(min(machine.cores, 8))"),
            ("max_parallel_maintenance_workers", "\(min(machine.cores, 8))"),
            ("max_worker_processes", "\(max(8, machine.cores + 4))"),
        ]
        // Parallel hash joins live there and fail when it is full, as in a container of 64 MB.
        if machine.sharedMemory < 1 << 30 {
            lines.append(("dynamic_shared_memory_type", "sysv"))
        }
        return lines
    }

    private var analytic: [(String, String)] {
        [
            ("max_connections", "50"),
            ("shared_buffers", share(of: 6, from: 64, to: 8_192)),
            ("effective_cache_size", share(of: 2, from: 128, to: 1 << 20)),
            ("work_mem", share(of: 48 * machine.cores, from: 8, to: 512)),
            ("hash_mem_multiplier", "2.0"),
            ("maintenance_work_mem", share(of: 16, from: 32, to: 2_048)),
            ("wal_buffers", "'16MB'"),
            ("min_wal_size", "'256MB'"),
            ("max_wal_size", share(of: 4, from: 512, to: 8_192)),
            ("checkpoint_timeout", "'15min'"),
            ("checkpoint_completion_target", "0.9"),
            ("effective_io_concurrency", "200"),
            ("synchronous_commit", "on"),
            ("track_io_timing", "on"),
        ]
    }

    /// For tests: what is lost with the machine may be lost.
    private var disposable: [(String, String)] {
        [
            ("max_connections", "100"), ("shared_buffers", "'128MB'"), ("fsync", "off"),
            ("synchronous_commit", "off"), ("full_page_writes", "off"),
            ("max_wal_size", "'1GB'"), ("autovacuum_naptime", "'1h'"),
        ]
    }

    /// A part of the memory in whole megabytes, within bounds in megabytes.
    private func share(of divisor: Int, from least: Int, to most: Int) -> String {
        "'\(min(max(machine.memory / divisor / Self.mebibyte, least), most))MB'"
    }
}

/// What survives a crash of the machine.
public enum Durability: Hashable, Sendable {
    /// All that was committed.
    case full
    /// Nothing is promised; for tests only.
    case none
}
