import Postgres

/// One row of the benchmark.
struct Event {
    var user: Int64
    var item: Int64
    var action: Int16
    var value: Float
    var occurredAt: Timestamp

    /// The same rows for the same seed; SplitMix64 (Steele, Lea, Flood 2014).
    static func random(count: Int, seed: UInt64) -> [Event] {
        var state = seed
        func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
        return (0..<count).map { _ in
            Event(
                user: Int64(next() % 1_000_000), item: Int64(next() % 10_000_000),
                action: Int16(next() % 8), value: Float(next() % 1_000) / 8,
                occurredAt: Timestamp(
                    microsecondsSinceEpoch: 1_650_000_000_000_000 + Int64(next() % (1 << 45))))
        }
    }
}

/// Count and sums of rows, equal whatever their order.
struct Checksum: Equatable {
    var count: Int64 = 0
    var users: Int64 = 0
    var items: Int64 = 0
    var actions: Int64 = 0
    var values: Double = 0
    var moments: Int64 = 0

    init() {}

    init(_ events: [Event]) {
        for event in events { add(event) }
    }

    /// The same, computed by the server.
    init(_ connection: Connection) throws {
        let row = try connection.first(
            """
            select count(*), sum(user_id)::bigint, sum(item_id)::bigint, sum(action_id)::bigint,
                sum(value::double precision),
                sum((extract(epoch from occurred_at) * 1000000)::bigint % 1000000007)::bigint
            from copy_benchmark
            """, as: (Int64, Int64, Int64, Int64, Double, Int64).self)
        if let row { (count, users, items, actions, values, moments) = row }
    }

    mutating func add(_ event: Event) {
        count += 1
        users += event.user
        items += event.item
        actions += Int64(event.action)
        // Eighths up to 125: sums of millions are exact.
        values += Double(event.value)
        moments += event.occurredAt.microsecondsSinceEpoch % 1_000_000_007
    }
}
