import Foundation
import SQLCatalog
import StrictYAML

/// The files of `docs/dashboards` as Apache Superset reads them, as far as they refer to one another.
struct DashboardAssets {
    struct Database: Decodable {
        var sqlalchemyUri: String
        var uuid: UUID
    }

    /// A view of monitor, with what charts may name.
    struct Dataset: Decodable {
        struct Column: Decodable {
            var columnName: String
            var type: String
            var description: String
            var isDttm: Bool?
            /// Of a column that the dataset adds to those of the view.
            var expression: String?
        }

        struct Metric: Decodable {
            var metricName: String
            var verboseName: String
            var expression: String
            var description: String
        }

        var tableName: String
        var schema: String
        var description: String
        var mainDttmCol: String?
        var columns: [Column]
        var metrics: [Metric]
        var uuid: UUID
        var databaseUuid: UUID
    }

    struct Chart: Decodable {
        struct Filter: Decodable {
            var subject: String
        }

        /// Whatever in it names a column or a metric. All metrics are those of the dataset.
        struct Parameters: Decodable {
            var metric: String?
            var metrics: [String]?
            var xAxis: String?
            var xAxisSort: String?
            var groupby: [String]?
            var allColumns: [String]?
            var orderByCols: [String]?
            var adhocFilters: [Filter]
            var columnConfig: [String: Ignored]?

            var columnNames: [String] {
                [xAxis].compactMap { $0 } + (groupby ?? []) + (allColumns ?? [])
                    + adhocFilters.map(\.subject)
                    // Each is a pair in JSON: ["name", true].
                    + (orderByCols ?? []).map { String($0.split(separator: "\"")[1]) }
                    + (columnConfig ?? [:]).keys
            }

            var metricNames: [String] { [metric].compactMap { $0 } + (metrics ?? []) }
        }

        var sliceName: String
        var description: String
        var params: Parameters
        var datasetUuid: UUID
        var uuid: UUID
    }

    struct Dashboard: Decodable {
        struct Part: Decodable {
            struct Meta: Decodable {
                var chartId: Int?
                var uuid: UUID?
                var sliceName: String?
                var width: Int?
            }

            var type: String
            var id: String
            var children: [String]?
            var parents: [String]?
            var meta: Meta?
        }

        struct Metadata: Decodable {
            var nativeFilterConfiguration: [NativeFilter]
        }

        struct NativeFilter: Decodable {
            struct Target: Decodable {
                struct Column: Decodable { var name: String }
                var column: Column
                var datasetUuid: UUID
            }

            struct Scope: Decodable {
                var rootPath: [String]
                /// Numbers of charts.
                var excluded: [Int]
            }

            var targets: [Target]
            var sortMetric: String
            /// Whether the value that stands first is applied, and not shown alone.
            var requiredFirst: Bool
            var scope: Scope
        }

        var metadata: Metadata
        var position: [String: Part]
        var uuid: UUID

        enum CodingKeys: String, CodingKey { case metadata, position, uuid }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            metadata = try container.decode(Metadata.self, forKey: .metadata)
            uuid = try container.decode(UUID.self, forKey: .uuid)
            // All values are parts but the version of the format.
            let parts = try container.decode([String: PartOrVersion].self, forKey: .position)
            position = parts.compactMapValues(\.part)
        }

        private struct PartOrVersion: Decodable {
            var part: Part?

            init(from decoder: any Decoder) throws {
                if (try? decoder.singleValueContainer().decode(String.self)) == nil {
                    part = try Part(from: decoder)
                }
            }
        }
    }

    /// A value that nothing is asked of.
    struct Ignored: Decodable {
        init(from decoder: any Decoder) throws {}
    }

    var databases: [String: Database]
    var datasets: [String: Dataset]
    var charts: [String: Chart]
    var dashboards: [String: Dashboard]

    /// Reads all files, each under its name without folder and extension.
    static func read() throws -> DashboardAssets {
        let home = try SQLCatalog.locate().home
        return DashboardAssets(
            databases: try files("databases", home), datasets: try files("datasets", home),
            charts: try files("charts", home), dashboards: try files("dashboards", home))
    }

    private static func files<Asset: Decodable>(_ folder: String, _ home: Home) throws
        -> [String: Asset]
    {
        let root = "docs/dashboards/" + folder
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let names = try FileManager.default.subpathsOfDirectory(atPath: home.path(root))
        var assets: [String: Asset] = [:]
        for name in names where name.hasSuffix(".yaml") {
            let json = try YAMLFile(path: home.path("\(root)/\(name)")).json
            let key = URL(fileURLWithPath: name).deletingPathExtension().lastPathComponent
            assets[key] = try decoder.decode(Asset.self, from: Data(json.utf8))
        }
        return assets
    }

    func dataset(of chart: Chart) -> Dataset? {
        datasets.values.first { $0.uuid == chart.datasetUuid }
    }
}
