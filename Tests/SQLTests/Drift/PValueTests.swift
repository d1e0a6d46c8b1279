import Postgres
import Testing

/// The distributions that PostgreSQL lacks, against values computed with fifty digits.
@Suite struct PValueTests {
    /// Degrees of freedom, statistic, chance.
    static let chiSquares: [(degrees: Int, statistic: Double, chance: Double)] = [
        (1, 0.001, 0.97477287936996039),
        (1, 3.841458820694124, 0.050000000000000057),
        (1, 40, 2.539628589470865e-10),
        (1, 700, 2.9902269751246203e-154),
        (2, 1, 0.60653065971263342),
        (2, 5.991464547107979, 0.050000000000000074),
        (3, 0.5, 0.91889141165467586),
        (5, 11.07, 0.050009618622405482),
        (9, 2, 0.99146760662881353),
        (9, 16.918977604620448, 0.050000000000000032),
        (9, 90, 1.6280704719656213e-15),
        (19, 18.3, 0.50248970106557812),
        (19, 30.143527205646155, 0.050000000000000053),
        (19, 200, 3.4047651393116419e-32),
        (20, 1100, 1.7729163520435952e-220),
        (51, 51, 0.47366065328196914),
        (51, 68.669, 0.050002464865282414),
        (100, 60, 0.99948110853745197),
        (100, 124.342, 0.050000715769971768),
        (100, 600, 2.4188285833464858e-72),
    ]

    @Test func `the chance of a chi-square is right into far tails`() throws {
        try SQLDatabase.with { database in
            for (degrees, statistic, chance) in Self.chiSquares {
                let found = try database.connection.value(
                    Query(
                        text: "select monitor.chi_square_p_value($1, $2)",
                        binds: [Bind(statistic), Bind(Int32(degrees))]), as: Double.self)
                #expect(
                    abs(found - chance) <= 1e-11 * chance, "\(degrees) at \(statistic): \(found)")
            }
        }
    }

    /// Argument, chance.
    static let kolmogorov: [(argument: Double, chance: Double)] = [
        (0.1, 1.0),
        (0.3, 0.99999069419866543),
        (0.5, 0.96394524366487509),
        (0.8276, 0.49995841656354728),
        (1.0, 0.26999967167735452),
        (1.17, 0.12939004218561883),
        (1.19, 0.11774229287977168),
        (1.3580986, 0.050000010680280805),
        (1.6276, 0.010001537333060772),
        (2.5, 7.4533063441573416e-6),
        (5.0, 3.8574996959278356e-22),
        (10.0, 2.7677930534734751e-87),
    ]

    @Test func `the chance of a distance is right on both series`() throws {
        try SQLDatabase.with { database in
            for (argument, chance) in Self.kolmogorov {
                // Stephens's correction is taken off, so that the argument is the one meant.
                let found = try database.connection.value(
                    Query(
                        text:
                            "select monitor.kolmogorov_p_value($1 / (sqrt(1e6) + 0.12 + 0.11 / sqrt(1e6)), 1e6)",
                        binds: [Bind(argument)]), as: Double.self)
                #expect(abs(found - chance) <= 1e-10 * chance + 1e-14, "\(argument): \(found)")
            }
        }
    }

    @Test func `what has no chance to tell is certain, or nothing`() throws {
        try SQLDatabase.with { database in
            let found = try database.table(
                """
                select monitor.chi_square_p_value(5, 0), monitor.chi_square_p_value(0, 3),
                    monitor.chi_square_p_value(1e9, 3), monitor.chi_square_p_value(null, 3),
                    monitor.kolmogorov_p_value(0, 100), monitor.kolmogorov_p_value(1, 1e9)
                """)
            #expect(found == ["(1,1,0,,1,0)"])
        }
    }
}
