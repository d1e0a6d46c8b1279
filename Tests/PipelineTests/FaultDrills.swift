import Foundation
import Jobs
import Pipeline
import Postgres
import PostgresTestSupport
import SQLCatalog
import Testing

/// Ten faults, each done to a world after a fortnight of undisturbed nights: which alarm, how soon, and what
/// is done about it without asking.
@Suite struct FaultDrills {
    /// A fault and what has to follow from it.
    struct Fault: CustomTestStringConvertible, Sendable {
        var name: String
        /// Done to the data before the first night.
        var disturbance = ""
        /// Done to what each night has made, before a step.
        var spoiling: (step: String, statement: String)?
        /// Statements that are others from the first night on, given those that there are.
        var statements: @Sendable (SQLCatalog) throws -> [String: String] = { _ in [:] }
        var nights = 1
        /// `rule subject, night: action state, night`, the night of the fault being the first.
        var alarms: [String]
        /// Whether the lists of the last undisturbed night are current at the end.
        var isHeld = false

        var testDescription: String { name }
    }

    static let faults = [
        Fault(
            name: "a column turns null",
            disturbance: newAttributes("attributes - 'device'"),
            alarms: [
                "attributes_turn_empty attributes_are_filled, 1: hold_publication executed, 1"
            ],
            isHeld: true),
        Fault(
            name: "a feature changes its scale, as another currency would",
            disturbance: newAttributes(
                "attributes || jsonb_build_object('price', 100 * (attributes ->> 'price')::integer)"
            ),
            alarms: ["feature_drifts_far user_attributes.price, 1: retrain executed, 1"]),
        Fault(
            name: "a day is loaded twice",
            disturbance: """
                insert into source.interactions (user_id, item_id, action_id, occurred_at, event_key,
                    known_at, import_id, value)
                select user_id, item_id, action_id, occurred_at, event_key + 1000000, known_at, 2, value
                from source.interactions where occurred_at >= \(lastDay)
                """,
            alarms: ["a_day_is_doubled days_are_not_doubled, 1: hold_publication executed, 1"],
            isHeld: true),
        Fault(
            name: "a day is missing",
            disturbance: "delete from source.interactions where occurred_at >= \(lastDay)",
            alarms: ["a_day_is_missing interactions_are_fresh, 1: nothing"]),
        Fault(
            name: "a label stops arriving",
            disturbance: """
                delete from source.interactions where action_id = 8 and occurred_at >= \(lastDay)
                """,
            alarms: ["labels_are_off_balance labels_are_balanced, 1: hold_publication executed, 1"],
            isHeld: true),
        Fault(
            name: "a counter is stuck",
            disturbance: """
                update source.interactions set value = 30 where action_id = 8 and occurred_at >= \(lastDay)
                """,
            alarms: ["a_counter_is_stuck counters_move, 1: hold_publication executed, 1"],
            isHeld: true),
        Fault(
            name: "the index is of other embeddings",
            spoiling: (
                "retrieve",
                """
                with numbered as (
                    select space_id, item_id, components, row_number() over w - 1 as number,
                        count(*) over (partition by space_id) as total
                    from model.item_vectors window w as (partition by space_id order by item_id)
                )
                update model.item_vectors as v set components = o.components
                from numbered as n
                inner join numbered as o
                    on o.space_id = n.space_id and o.number = (n.number + 41) % n.total
                where v.space_id = n.space_id and v.item_id = n.item_id
                """
            ),
            alarms: ["index_is_stale two_tower, 1: hold_publication executed, 1"]),
        Fault(
            name: "embeddings collapse",
            spoiling: (
                "index",
                """
                update model.user_vectors as v set components = (
                    select o.components from model.user_vectors as o
                    where o.space_id = v.space_id order by o.user_id limit 1)
                """
            ), nights: 2,
            alarms: ["embeddings_collapse users, 1: roll_back dry_run, 2"]),
        Fault(
            name: "a step is slow, for one of its sources",
            statements: { catalog in
                let path = catalog.home.path("sql/retrieve/sources/engaged_creators.sql")
                let text = try String(contentsOfFile: path, encoding: .utf8)
                let end = try #require(text.lastIndex(of: ";"))
                return [
                    "retrieve/sources/engaged_creators":
                        text[..<end] + "\nlimit (select 1000000 from pg_sleep(10));\n"
                ]
            }, nights: 3,
            alarms: [
                "source_is_slow engaged_creators, 2: switch_source_off executed, 3",
                "step_is_slow retrieve, 2: nothing",
            ]),
    ]

    // MARK: - The world

    private static let lastNight = PlantedWorld.date.advanced(by: -3)
    private static let fortnight = (0..<14).map { lastNight.advanced(by: $0 - 13) }
    /// The day whose events the first disturbed night is the first to see.
    private static let lastDay = "'\(lastNight) 00:00+00'"

    /// A new version of every user's attributes, known on that day.
    private static func newAttributes(_ expression: String) -> String {
        """
        insert into source.user_versions (user_id, known_at, attributes, content_hash, import_id)
        select user_id, '\(lastNight) 12:00+00', \(expression), content_hash + 1000, 2
        from source.user_versions
        """
    }

    private static var nightly: Nightly {
        // Models of equal worth: each night's serves, as it does where data is plenty.
        var nightly = Nightly.ungated
        nightly.settings["profile_numbers"] = "[price]"
        nightly.training["history_length"] = "10"
        // Lists that do not find everything, so that there is something to lose.
        nightly.index = [
            "list_count": "12", "minimum_list_length": "20", "recall_cutoff": "20",
            "recall_mean": "0.97", "recall_fifth_percentile": "0.6", "largest_probe_share": "0.75",
        ]
        return nightly
    }

    /// The world after the fortnight.
    private func withFortnight<Result>(
        _ body: (_ connection: Connection, _ uri: String) throws -> Result
    ) throws -> Result {
        let template = try TestServer.template("fortnight") { connection in
            try Migrator(catalog: try SQLCatalog.locate(), connection: connection).migrate()
            var world = PlantedWorld()
            // Nobody comes near the end of what there is.
            (world.dayCount, world.itemCount) = (45, 480)
            try world.write(to: connection)
            // Numbers that mean something to nobody but the drill.
            try connection.script(
                """
                update source.user_versions
                set attributes = attributes || jsonb_build_object('price', 5 + user_id % 37);
                update source.interactions set value = 5 + event_key % 97 where action_id = 8;
                -- A quota of all there is would be searched through to the end.
                update serving.sources set quota = 40 where source_name = 'two_tower'
                """)
            let uri = try TestServer.uri(database: connection.database)
            for date in Self.fortnight { try Self.nightly.run(on: uri, date: date) }
        }
        return try TestServer.withDatabase(template: template, body)
    }

    /// Alerts with what was done about them.
    ///
    /// - Parameter countsSlowness: Whether steps that take long count: beside other tests they do in earnest.
    private func alarms(
        _ connection: Connection, countsSlowness: Bool = true
    ) throws -> [String] {
        try connection.query(
            """
            select concat(a.rule_name, ' ', a.subject, ', ', a.opened_on - \(Self.lastNight), ': ',
                coalesce(r.action || ' ' || r.state || ', ' || (r.as_of_date - \(Self.lastNight)),
                    'nothing'))
            from monitor.alerts as a
            left join monitor.responses as r on r.alert_id = a.alert_id
            where \(countsSlowness) or a.rule_name not in ('step_is_slow', 'source_is_slow')
            order by 1
            """, as: String.self)
    }

    private func drifted(_ connection: Connection) throws -> [String] {
        try connection.query(
            """
            select concat_ws(' ', d.as_of_date, d.reference_date, d.subject, d.feature, d.statistic,
                round(d.effect::numeric, 2), d.adjusted_p_value)
            from monitor.drift as d where d.is_drifted order by 1
            """, as: String.self)
    }

    private func currentDate(_ connection: Connection) throws -> PostgresDate {
        try connection.value(
            """
            select as_of_date from serving.pointer inner join serving.publications using (publication_id)
            """)
    }

    // MARK: - Drills

    @Test func `an undisturbed fortnight raises no alarm, and each night is published`() throws {
        try withFortnight { connection, uri throws in
            let drifted = try drifted(connection)
            #expect(try alarms(connection, countsSlowness: false) == [], "\(drifted)")
            let published = try connection.query(
                "select as_of_date from serving.publications where status = 'published' order by 1",
                as: PostgresDate.self)
            #expect(published == Self.fortnight)
            // Nor do the nights after it, which the faults are done to.
            for night in 1...3 {
                try Self.nightly.run(on: uri, date: Self.lastNight.advanced(by: night))
            }
            #expect(try alarms(connection, countsSlowness: false) == [])
            #expect(try currentDate(connection) == PlantedWorld.date)
            // Rules that could not have fired say nothing by their silence.
            let silent = try connection.query(
                "select rule_name from monitor.silent_rules order by 1", as: String.self)
            #expect(
                silent == [
                    "scores_are_too_high", "scores_are_too_low",
                ])
        }
    }

    @Test(arguments: faults) func `each fault is found, and done about what is to be done`(
        fault: Fault
    ) throws {
        try withFortnight { connection, uri throws in
            if !fault.disturbance.isEmpty { try connection.script(fault.disturbance) }
            let statements = try fault.statements(SQLCatalog.locate())
            try withHome(statements) { catalog in
                for night in 1...fault.nights {
                    let date = Self.lastNight.advanced(by: night)
                    if let (step, statement) = fault.spoiling {
                        try Self.nightly.run(on: uri, date: date, before: step, catalog: catalog)
                        try connection.script(statement)
                    }
                    try Self.nightly.run(on: uri, date: date, catalog: catalog)
                }
            }
            let found = try alarms(connection)
            for alarm in fault.alarms { #expect(found.contains(alarm), "\(found)") }
            #expect(
                try currentDate(connection)
                    == Self.lastNight.advanced(by: fault.isHeld ? 0 : fault.nights))
            // Every alert and every response has its rows in the ledgers.
            let audited = try connection.query(
                """
                select concat_ws(' ', r.action, e.state, e.author) from monitor.response_events as e
                inner join monitor.responses as r using (response_id)
                order by e.response_id, e.happened_at
                """, as: String.self)
            for alarm in fault.alarms where !alarm.hasSuffix("nothing") {
                let words = alarm.split(separator: ": ")[1].split(separator: ",")[0]
                    .split(separator: " ")
                #expect(audited.contains("\(words[0]) proposed vitrine"), "\(audited)")
                #expect(audited.contains("\(words[0]) \(words[1]) vitrine"), "\(audited)")
            }
            let unrecorded = try connection.value(
                """
                select count(*) from monitor.alerts as a
                where not exists (
                    select from monitor.alert_events as e
                    where e.alert_id = a.alert_id and e.event_name = 'opened' and e.author = 'vitrine')
                """, as: Int.self)
            #expect(unrecorded == 0)
        }
    }

    @Test func `a job that never ran is missed when its tolerance is over`() throws {
        try withFortnight { connection, _ throws in
            let watch = Watch(connection: connection, catalog: try SQLCatalog.locate())
            try connection.script("set role vitrine_job")
            func look(_ hours: Double) throws -> AlertBook.Changes {
                try watch.look(
                    at: Timestamp(
                        microsecondsSinceEpoch: Int64(
                            (Date().timeIntervalSince1970 + hours * 3_600) * 1_000_000))
                ).alerts
            }
            #expect(try look(0).opened == 0)
            // The schedule is due once a day, and has six hours.
            #expect(try look(31).opened == 1)
            let (subject, severity, hours) = try connection.query(
                """
                select subject, severity, value from monitor.alerts where rule_name = 'run_did_not_come'
                """, as: (String, String, Double).self)[0]
            #expect(subject == "nightly" && severity == "critical")
            #expect(hours >= 6 && hours <= 31)
            let audited = try connection.query(
                """
                select concat_ws(' ', e.event_name, e.author, e.dispatch) from monitor.alert_events as e
                inner join monitor.alerts as a using (alert_id)
                where a.rule_name = 'run_did_not_come'
                """, as: String.self)
            #expect(audited == ["opened vitrine queued"])
        }
    }
}
