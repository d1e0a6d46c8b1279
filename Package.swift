// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "vitrine",
    products: [
        .executable(name: "vitrine", targets: ["vitrine"]),
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

        .target(name: "CKernels"),
        .target(name: "LinearAlgebra", dependencies: ["CKernels", "COpenBLAS"]),
        .testTarget(name: "LinearAlgebraTests", dependencies: ["LinearAlgebra"]),

        .target(name: "Evaluation", dependencies: ["LinearAlgebra"]),
        .testTarget(name: "EvaluationTests", dependencies: ["Evaluation", "LinearAlgebra"]),

        .target(name: "VectorIndex", dependencies: ["LinearAlgebra"]),
        .testTarget(name: "VectorIndexTests", dependencies: ["VectorIndex", "LinearAlgebra"]),
        .executableTarget(
            name: "topk-benchmark", dependencies: ["LinearAlgebra", "VectorIndex"],
            path: "Benchmarks/TopKBenchmark"),

        .executableTarget(
            name: "vitrine",
            dependencies: [.product(name: "ArgumentParser", package: "swift-argument-parser")]),
    ],
    swiftLanguageModes: [.v6]
)
