import Foundation
import Postgres
import Testing

@testable import Pipeline

/// Receivers are told at least once, in order, and can tell repetitions by a key.
@Suite struct OutboxTests {
    /// A world with an alert that is open, and a receiver that has not been told of it.
    private func withAlert(
        kind: String = "webhook", severity: String = "critical",
        _ body: (AlertWorld) throws -> Void
    ) throws {
        try AlertWorld.with { world in
            try world.connection.execute(
                """
                insert into monitor.receivers (receiver_name, kind, url_variable, timeout_seconds)
                values ('desk', \(kind), 'DESK_URL', 300)
                """)
            try world.addRule(severity: severity)
            try world.judge(try world.measure(["disk <a> & \"b\"": 11], day: 0), day: 0)
            try body(world)
        }
    }

    private func outbox(_ world: AlertWorld, _ url: String?) -> Outbox {
        Outbox(
            connection: world.connection, catalog: world.catalog,
            environment: url.map { ["DESK_URL": $0] } ?? [:])
    }

    private func makeDue(_ world: AlertWorld) throws {
        try world.connection.execute(
            "update monitor.deliveries set next_attempt_at = clock_timestamp()")
    }

    private func backlog(_ world: AlertWorld) throws -> [String] {
        try world.texts(
            """
            select concat_ws(' ', event_name, attempt_count, last_error) from monitor.delivery_backlog
            order by delivery_id
            """)
    }

    private func fields(_ request: HTTPReceiver.Request) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: Data(request.body.utf8)) as? [String: Any])
    }

    @Test func `what a receiver refuses is sent again later, with the same key`() throws {
        try withAlert { world in
            let receiver = try HTTPReceiver([.status(500), .status(200)])
            #expect(
                try outbox(world, receiver.url).deliver() == Outbox.Report(delivered: 0, failed: 1))
            #expect(try backlog(world) == ["opened 1 the receiver answered 500"])
            // Not before its time.
            #expect(try outbox(world, receiver.url).deliver() == Outbox.Report())
            try makeDue(world)
            #expect(
                try outbox(world, receiver.url).deliver() == Outbox.Report(delivered: 1, failed: 0))
            #expect(try backlog(world) == [])
            let keys = try receiver.requests.map { try #require(fields($0)["key"] as? String) }
            #expect(keys.count == 2 && Set(keys).count == 1)
            #expect(keys[0].hasSuffix("/1/opened"))
            #expect(
                receiver.requests.allSatisfy { $0.head.contains("Idempotency-Key: \(keys[0])") })
            try makeDue(world)
            #expect(try outbox(world, receiver.url).deliver() == Outbox.Report())
        }
    }

    @Test(arguments: [
        (HTTPReceiver.Answer.silence, "the receiver did not answer in time"),
        (.redirect, "the receiver answered 302"), (.status(404), "the receiver answered 404"),
    ])
    func `what is no acceptance is recorded without the URL`(
        answer: HTTPReceiver.Answer, message: String
    ) throws {
        try withAlert { world in
            if answer == .silence {
                try world.connection.execute("update monitor.receivers set timeout_seconds = 1")
            }
            let receiver = try HTTPReceiver([answer])
            #expect(try outbox(world, receiver.url).deliver().failed == 1)
            #expect(try backlog(world) == ["opened 1 \(message)"])
        }
    }

    @Test func `a receiver that is not there is tried again, further and further apart`() throws {
        try withAlert { world in
            let url = try HTTPReceiver([.status(200)]).url
            var waits: [Double] = []
            for attempt in 1...9 {
                try makeDue(world)
                #expect(try outbox(world, url).deliver().failed == 1)
                #expect(
                    try backlog(world) == [
                        "opened \(attempt) the receiver refused the connection"
                    ])
                waits.append(
                    try world.connection.value(
                        """
                        select extract(epoch from next_attempt_at - clock_timestamp())::float8
                        from monitor.deliveries
                        """))
            }
            for (wait, expected) in zip(waits, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]) {
                #expect(abs(wait - Double(expected)) < 5)
            }
            try world.connection.execute("update monitor.receivers set attempt_limit = 10")
            try makeDue(world)
            #expect(try outbox(world, url).deliver().failed == 1)
            try makeDue(world)
            #expect(try outbox(world, url).deliver() == Outbox.Report())
            #expect(
                try world.texts(
                    "select 'given up' from monitor.delivery_backlog where given_up_at is not null")
                    == ["given up"])
        }
    }

    @Test(arguments: [
        (nil, "is not set"), ("ftp://h/x", "holds no URL of HTTP"), ("not a url", "holds no URL"),
    ])
    func `a URL that is missing or none is named by its variable alone`(
        url: String?, message: String
    ) throws {
        try withAlert { world in
            #expect(try outbox(world, url).deliver().failed == 1)
            let backlog = try #require(backlog(world).first)
            #expect(backlog.contains("the environment variable DESK_URL \(message)"))
            #expect(!backlog.contains(url ?? "?"))
        }
    }

    @Test func `what happened first is told first`() throws {
        try withAlert { world in
            let receiver = try HTTPReceiver([.status(500), .status(200)])
            #expect(try outbox(world, receiver.url).deliver().failed == 1)
            try world.judge(try world.measure(["disk <a> & \"b\"": 1], day: 1), day: 1)
            // That it is over waits for that it began.
            #expect(try outbox(world, receiver.url).deliver() == Outbox.Report())
            try makeDue(world)
            #expect(try outbox(world, receiver.url).deliver().delivered == 2)
            let events = try receiver.requests.map { try #require(fields($0)["event"] as? String) }
            #expect(events == ["opened", "opened", "resolved"])
        }
    }

    @Test func `two workers at once do not send the same`() throws {
        try AlertWorld.with { world in
            try world.connection.execute(
                """
                insert into monitor.receivers (receiver_name, kind, url_variable)
                values ('desk', 'webhook', 'DESK_URL')
                """)
            try world.addRule()
            let lags = Dictionary(uniqueKeysWithValues: (1...6).map { ("subject \($0)", 11.0) })
            try world.judge(try world.measure(lags, day: 0), day: 0)
            let receiver = try HTTPReceiver([.slowly(seconds: 0.2)])
            let workers = try (1...2).map { _ in
                try VitrineProcess(
                    ["respond", "--database", world.uri], environment: ["DESK_URL": receiver.url])
            }
            for worker in workers { #expect(try worker.wait().status == 0) }
            let subjects = try receiver.requests.map {
                try #require(fields($0)["subject"] as? String)
            }
            #expect(subjects.sorted() == lags.keys.sorted())
        }
    }

    @Test func `killed after sending and before recording, it is sent again with the same key`()
        throws
    {
        try withAlert { world in
            let receiver = try HTTPReceiver([.silence, .status(200)])
            let first = try VitrineProcess(
                ["respond", "--database", world.uri], environment: ["DESK_URL": receiver.url])
            while receiver.requests.isEmpty { Thread.sleep(forTimeInterval: 0.02) }
            // The receiver has it; nobody has written that down.
            first.send(SIGKILL)
            _ = try first.wait()
            while try world.texts(
                "select 'there' from pg_stat_activity where application_name = 'vitrine respond'"
                    + " and datname = current_database()"
            ).isEmpty == false { Thread.sleep(forTimeInterval: 0.02) }
            #expect(try backlog(world) == ["opened 0"])
            #expect(try outbox(world, receiver.url).deliver().delivered == 1)
            let keys = try receiver.requests.map { try #require(fields($0)["key"] as? String) }
            #expect(keys.count == 2 && Set(keys).count == 1)
        }
    }

    @Test func `Alertmanager gets labels that stay the same, and the two moments`() throws {
        try withAlert(kind: "alertmanager") { world in
            let receiver = try HTTPReceiver([.status(200)])
            let book = AlertBook(connection: world.connection, catalog: world.catalog)
            // It knows nothing between firing and resolved.
            try book.acknowledge(1, by: "ana", reason: "on it")
            #expect(try outbox(world, receiver.url).deliver().delivered == 1)
            // Whose it is may change while it fires; which alert it is may not.
            try world.connection.execute("update monitor.alert_rules set owner = 'others'")
            try world.judge(try world.measure(["disk <a> & \"b\"": 1], day: 1), day: 1)
            #expect(try outbox(world, receiver.url).deliver().delivered == 1)
            let alerts = try receiver.requests.map { request in
                let list = try #require(
                    try JSONSerialization.jsonObject(with: Data(request.body.utf8))
                        as? [[String: Any]])
                #expect(list.count == 1)
                return list[0]
            }
            let labels = try alerts.map { try #require($0["labels"] as? [String: String]) }
            #expect(labels[0] == labels[1])
            #expect(labels[0]["alertname"] == "lag" && labels[0]["subject"] == "disk <a> & \"b\"")
            #expect(labels[0]["severity"] == "critical" && labels[0]["job"] == "nightly")
            let annotations = try alerts.map {
                try #require($0["annotations"] as? [String: String])
            }
            #expect(annotations[0]["run_book"] == "Look.")
            #expect(annotations[0]["delivery_key"] != annotations[1]["delivery_key"])
            let moments = try alerts.map { alert in
                try ["startsAt", "endsAt"].map { name in
                    let text = try #require(alert[name] as? String)
                    return try #require(ISO8601DateFormatter().date(from: text))
                }
            }
            // Open: an end far ahead. Resolved: an end that is past, and the same beginning.
            #expect(moments[0][1].timeIntervalSinceNow > 86_400)
            #expect(moments[1][1].timeIntervalSinceNow < 1)
            #expect(moments[0][0] == moments[1][0])
        }
    }

    @Test func `Slack gets a text, and blocks with its own characters escaped`() throws {
        try withAlert(kind: "slack") { world in
            let receiver = try HTTPReceiver([.status(200)])
            #expect(try outbox(world, receiver.url).deliver().delivered == 1)
            let message = try fields(receiver.requests[0])
            let text = try #require(message["text"] as? String)
            #expect(
                text
                    == "critical: lag: lag of disk &lt;a&gt; &amp; \"b\" is 11.0, above 10.0 (nightly)"
            )
            let blocks = try #require(message["blocks"] as? [[String: Any]])
            #expect(blocks.map { $0["type"] as? String } == ["section", "context"])
            let section = try #require(blocks[0]["text"] as? [String: String])
            #expect(section["type"] == "mrkdwn")
            #expect(section["text"]?.hasSuffix("\nLook.") == true)
            #expect(receiver.requests[0].body.contains("/1/opened"))
        }
    }

    @Test func `who wants to hear of the worst hears of nothing else`() throws {
        try withAlert(severity: "info") { world throws in
            #expect(try world.alerts().count == 1)
            #expect(try backlog(world) == [])
        }
    }

    @Test func `URLs are stored nowhere`() throws {
        try AlertWorld.with { world in
            let error = #expect(throws: PostgresError.self) {
                try world.connection.execute(
                    """
                    insert into monitor.receivers (receiver_name, kind, url_variable)
                    values ('desk', 'slack', 'https://hooks.slack.com/services/T0/B0/x')
                    """)
            }
            #expect(error?.message.contains("receiver_variable_is_a_name") == true)
        }
    }
}
