/// Gauges in the text format of Prometheus, version 0.0.4.
///
/// Source: prometheus.io, "Exposition formats": HELP and TYPE once before the samples of a metric, label
/// values with `\`, `"` and line feeds escaped.
struct PrometheusText {
    /// A sample: one number of a metric.
    struct Sample {
        var metric: String
        var labels: [(name: String, value: String)]
        var value: Double
    }

    /// What each metric is, by name.
    static let help = [
        "vitrine_measure": "Measures of the newest run of each job.",
        "vitrine_alerts_unresolved": "Alerts that are open or acknowledged.",
        "vitrine_job_last_success_timestamp_seconds":
            "When a run of the job succeeded last, in seconds since 1970.",
        "vitrine_deliveries_waiting": "Changes of alerts that receivers have not accepted yet.",
        "vitrine_deliveries_given_up": "Changes of alerts that receivers will not be told.",
    ]

    /// - Parameter samples: Those of a metric together.
    static func text(_ samples: [Sample]) -> String {
        var (text, metric) = ("", "")
        for sample in samples {
            if sample.metric != metric {
                metric = sample.metric
                text += "# HELP \(metric) \(escaped(help[metric] ?? metric, quotes: false))\n"
                text += "# TYPE \(metric) gauge\n"
            }
            text += metric
            if !sample.labels.isEmpty {
                let labels = sample.labels.map {
                    "\($0.name)=\"\(escaped($0.value, quotes: true))\""
                }
                text += "{\(labels.joined(separator: ","))}"
            }
            text += " \(sample.value)\n"
        }
        return text
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        let lines = text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        return quotes ? lines.replacing("\"", with: "\\\"") : lines
    }
}
