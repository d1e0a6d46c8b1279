// swift-tools-version: 6.1
import PackageDescription

let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "vitrine",
    products: [
        .executable(name: "vitrine", targets: ["vitrine"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // System libraries: a module map and a shim each.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // The database, which knows nothing of numerics.
        .target(name: "Postgres", dependencies: ["CLibPQ"]),
        .target(name: "CProcess"),
        .target(name: "EmbeddedPostgres", dependencies: ["CProcess", "Postgres"]),
        .target(name: "SQLCatalog", dependencies: ["Postgres"]),
        .target(name: "StrictYAML", dependencies: ["Yams"]),
        .target(name: "DelimitedText", dependencies: ["CZlib"]),
        .target(
            name: "Ingest", dependencies: ["DelimitedText", "Postgres", "SQLCatalog", "StrictYAML"]),
        .target(name: "Jobs", dependencies: ["Postgres", "SQLCatalog"]),

        // Numerics, which know nothing of the database.
        .target(name: "CKernels"),
        .target(name: "LinearAlgebra", dependencies: ["CKernels", "COpenBLAS"]),
        .target(name: "NeuralNetwork", dependencies: ["CZlib", "LinearAlgebra"]),
        .target(name: "TwoTower", dependencies: ["CZlib", "LinearAlgebra", "NeuralNetwork"]),
        .target(name: "VectorIndex", dependencies: ["CKernels", "LinearAlgebra"]),
        .target(name: "Ranking", dependencies: ["LinearAlgebra", "NeuralNetwork"]),
        .target(name: "Evaluation", dependencies: ["LinearAlgebra"]),

        // The report, which knows views and nothing else.
        .target(name: "Report", dependencies: ["Postgres", "SQLCatalog"]),

        // Where they meet.
        .target(
            name: "Pipeline",
            dependencies: [
                "Evaluation", "Jobs", "LinearAlgebra", "NeuralNetwork", "Postgres", "Ranking",
                "SQLCatalog", "StrictYAML", "TwoTower", "VectorIndex",
            ]),
        .executableTarget(
            name: "vitrine",
            dependencies: [
                "EmbeddedPostgres", "Ingest", "Jobs", "Pipeline", "Postgres", "Report",
                "SQLCatalog",
                argumentParser, .product(name: "Logging", package: "swift-log"),
            ]),

        // Tests. PostgresTestSupport keeps one private server for each test process.
        .target(
            name: "PostgresTestSupport", dependencies: ["EmbeddedPostgres", "Postgres"],
            path: "Tests/PostgresTestSupport"),
        .testTarget(name: "PostgresTests", dependencies: ["Postgres", "PostgresTestSupport"]),
        .testTarget(
            name: "EmbeddedPostgresTests",
            dependencies: ["EmbeddedPostgres", "Postgres", "PostgresTestSupport"]),
        .testTarget(
            name: "SQLCatalogTests",
            dependencies: ["Postgres", "PostgresTestSupport", "SQLCatalog"]),
        .testTarget(name: "DelimitedTextTests", dependencies: ["CZlib", "DelimitedText"]),
        .testTarget(name: "StrictYAMLTests", dependencies: ["StrictYAML"]),
        .testTarget(
            name: "IngestTests",
            dependencies: [
                "DelimitedText", "Ingest", "Postgres", "PostgresTestSupport", "SQLCatalog",
                "StrictYAML",
            ]),
        .testTarget(
            name: "SQLTests",
            dependencies: ["Postgres", "PostgresTestSupport", "SQLCatalog", "StrictYAML"]),
        .testTarget(
            name: "ReportTests",
            dependencies: ["Postgres", "PostgresTestSupport", "Report", "SQLCatalog"]),
        .testTarget(
            name: "JobsTests",
            dependencies: ["Jobs", "Postgres", "PostgresTestSupport", "SQLCatalog"]),
        .testTarget(
            name: "PipelineTests",
            // The executable is there to be built: tests start it beside the test bundle.
            dependencies: [
                "EmbeddedPostgres", "Evaluation", "Jobs", "LinearAlgebra", "NeuralNetwork",
                "Pipeline", "Postgres", "PostgresTestSupport", "Ranking", "SQLCatalog",
                "StrictYAML", "TwoTower", "VectorIndex", "vitrine",
            ]),
        .testTarget(name: "LinearAlgebraTests", dependencies: ["CKernels", "LinearAlgebra"]),
        // Finite differences, for every module with gradients.
        .target(name: "GradientTestSupport", path: "Tests/GradientTestSupport"),
        .testTarget(
            name: "NeuralNetworkTests",
            dependencies: ["GradientTestSupport", "LinearAlgebra", "NeuralNetwork"]),
        .testTarget(
            name: "TwoTowerTests",
            dependencies: ["GradientTestSupport", "LinearAlgebra", "NeuralNetwork", "TwoTower"]),
        .testTarget(name: "VectorIndexTests", dependencies: ["VectorIndex", "LinearAlgebra"]),
        .testTarget(
            name: "RankingTests",
            dependencies: [
                "Evaluation", "GradientTestSupport", "LinearAlgebra", "NeuralNetwork", "Ranking",
            ]),
        .testTarget(name: "EvaluationTests", dependencies: ["Evaluation", "LinearAlgebra"]),

        // Benchmarks, one for each operation.
        .target(
            name: "BenchmarkSupport",
            dependencies: ["EmbeddedPostgres", "LinearAlgebra", argumentParser],
            path: "Benchmarks/BenchmarkSupport"),
        .executableTarget(
            name: "training-benchmark",
            dependencies: ["BenchmarkSupport", "LinearAlgebra", "TwoTower", argumentParser],
            path: "Benchmarks/TrainingBenchmark", exclude: ["peer.py"]),
        .executableTarget(
            name: "memory-benchmark",
            dependencies: ["BenchmarkSupport", "LinearAlgebra", "TwoTower", argumentParser],
            path: "Benchmarks/MemoryBenchmark"),
        .executableTarget(
            name: "encoder-benchmark",
            dependencies: ["BenchmarkSupport", "LinearAlgebra", "TwoTower", argumentParser],
            path: "Benchmarks/EncoderBenchmark"),
        .executableTarget(
            name: "ranker-benchmark",
            dependencies: [
                "BenchmarkSupport", "Evaluation", "LinearAlgebra", "Pipeline", "Postgres",
                "Ranking",
                argumentParser,
            ],
            path: "Benchmarks/RankerBenchmark", exclude: ["peer.py"]),
        .executableTarget(
            name: "copy-benchmark", dependencies: ["BenchmarkSupport", "Postgres", argumentParser],
            path: "Benchmarks/CopyBenchmark"),
        .executableTarget(
            name: "index-search-benchmark",
            dependencies: [
                "BenchmarkSupport", "Jobs", "LinearAlgebra", "Pipeline", "Postgres", "SQLCatalog",
                "VectorIndex", argumentParser,
            ],
            path: "Benchmarks/IndexSearchBenchmark"),
        .executableTarget(
            name: "csv-benchmark",
            dependencies: ["BenchmarkSupport", "DelimitedText", argumentParser],
            path: "Benchmarks/CSVBenchmark"),
        .executableTarget(
            name: "vector-benchmark",
            dependencies: ["BenchmarkSupport", "LinearAlgebra", "VectorIndex", argumentParser],
            path: "Benchmarks/VectorBenchmark", exclude: ["peer.py"]),
        .executableTarget(
            name: "topk-benchmark",
            dependencies: ["BenchmarkSupport", "LinearAlgebra", "VectorIndex", argumentParser],
            path: "Benchmarks/TopKBenchmark"),
    ],
    swiftLanguageModes: [.v6]
)
