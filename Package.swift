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

        .target(name: "Postgres", dependencies: ["CLibPQ"]),

        .target(name: "SQLCatalog", dependencies: ["Postgres"]),
        .target(name: "Jobs", dependencies: ["Postgres", "SQLCatalog"]),

        .target(name: "DelimitedText", dependencies: ["CZlib"]),
        .target(name: "StrictYAML", dependencies: [.product(name: "Yams", package: "Yams")]),
        .target(
            name: "Ingest", dependencies: ["DelimitedText", "StrictYAML", "Postgres", "SQLCatalog"]),

        .executableTarget(
            name: "vitrine",
            dependencies: [.product(name: "ArgumentParser", package: "swift-argument-parser")]),

        .testTarget(name: "SQLCatalogTests", dependencies: ["SQLCatalog"]),
        .testTarget(name: "DelimitedTextTests", dependencies: ["DelimitedText", "CZlib"]),
        .testTarget(name: "StrictYAMLTests", dependencies: ["StrictYAML"]),
    ],
    swiftLanguageModes: [.v6]
)
