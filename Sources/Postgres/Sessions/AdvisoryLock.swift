/// A key of PostgreSQL's advisory locks (manual, 13.3.5), one 64-bit number for a database.
public struct AdvisoryLockKey: Hashable, Sendable {
    public var number: Int64

    public init(number: Int64) {
        self.number = number
    }

    /// The key of a name: its 64-bit FNV-1a hash (Fowler, Noll, Vo; RFC 9923), the same on every
    /// machine.
    public init(name: String) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 {
            hash ^= UInt64(byte)
            hash &*= 0x0000_0100_0000_01b3
        }
        number = Int64(bitPattern: hash)
    }
}

/// Who holds a lock.
public struct LockHolder: Hashable, Sendable {
    /// `pg_stat_activity.pid`.
    public var processID: Int32
    public var applicationName: String
    public var userName: String?
    /// Since when that session has been connected; nil when the role may not know.
    public var connectedSince: Timestamp?
}

extension Connection {
    /// Takes a lock until the session ends or ``unlock(_:)``; waits for it.
    public func lock(_ key: AdvisoryLockKey) throws {
        try execute("select pg_advisory_lock(\(key.number))")
    }

    /// Takes a lock until the session ends or ``unlock(_:)``, if it is free.
    public func tryLock(_ key: AdvisoryLockKey) throws -> Bool {
        try value("select pg_try_advisory_lock(\(key.number))")
    }

    /// Takes a lock that others may share until the session ends; waits for who has it alone.
    public func lockShared(_ key: AdvisoryLockKey) throws {
        try execute("select pg_advisory_lock_shared(\(key.number))")
    }

    /// Takes a lock that others may share until the session ends, if nobody has it alone.
    public func tryLockShared(_ key: AdvisoryLockKey) throws -> Bool {
        try value("select pg_try_advisory_lock_shared(\(key.number))")
    }

    /// Gives back a lock of the session.
    ///
    /// - Returns: Whether the session held it.
    @discardableResult
    public func unlock(_ key: AdvisoryLockKey) throws -> Bool {
        try value("select pg_advisory_unlock(\(key.number))")
    }

    /// Takes a lock until the transaction ends; waits for it.
    public func lockInTransaction(_ key: AdvisoryLockKey) throws {
        try execute("select pg_advisory_xact_lock(\(key.number))")
    }

    /// Takes a lock until the transaction ends, if it is free.
    public func tryLockInTransaction(_ key: AdvisoryLockKey) throws -> Bool {
        try value("select pg_try_advisory_xact_lock(\(key.number))")
    }

    /// Runs `body` under a lock of the session; waits for it.
    @discardableResult
    public func withLock<Result>(
        _ key: AdvisoryLockKey, _ body: () throws -> Result
    ) throws -> Result {
        try lock(key)
        let result: Result
        do {
            result = try body()
        } catch {
            do {
                if isOpen { try unlock(key) }
            } catch let second {
                throw TransactionError(body: error, rollback: second)
            }
            throw error
        }
        try unlock(key)
        return result
    }

    /// Who holds a lock at this moment, in whatever mode; nil when nobody does.
    public func holder(of key: AdvisoryLockKey) throws -> LockHolder? {
        let high = Int64(UInt64(bitPattern: key.number) >> 32)
        let low = Int64(UInt64(bitPattern: key.number) & 0xFFFF_FFFF)
        // A 64-bit key is shown in two halves, with objsubid 1.
        return try first(
            """
            select pg_locks.pid, coalesce(application_name, ''), usename::text, backend_start
            from pg_catalog.pg_locks
            left join pg_catalog.pg_stat_activity on pg_stat_activity.pid = pg_locks.pid
            where locktype = 'advisory' and granted and objsubid = 1
                and classid::bigint = \(high) and objid::bigint = \(low)
                and database = (select oid from pg_catalog.pg_database
                    where datname = current_database())
            order by pg_locks.pid
            limit 1
            """, as: (Int32, String, String?, Timestamp?).self
        ).map {
            LockHolder(
                processID: $0.0, applicationName: $0.1, userName: $0.2, connectedSince: $0.3)
        }
    }
}
